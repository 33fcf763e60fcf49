"""From what an operation returns to what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.sandbox.wire.clock import http_date
from airflow_provider_flexout.sandbox.wire.http import HttpResponse, encoded

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.wire.http import ApiResponse

__all__ = ["respond"]


def respond(store: Store, result: ApiResponse) -> HttpResponse:
    """Turn a response into bytes, with the header fields that every response carries.

    :param store: the sandbox's state.
    :param result: the response.
    """
    body = result.body if isinstance(result.body, bytes) else encoded(result.body)
    if result.body is None:
        body = b""
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Date": http_date(int(store.clock.time())),
        "Twilio-Request-Id": store.request_sids.new("RQ"),
        "Twilio-Concurrent-Requests": "1",
        **result.headers,
    }
    return HttpResponse(result.status, headers, body)
