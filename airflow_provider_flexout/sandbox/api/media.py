"""The media service (``mcs.us1.twilio.com``). It stands in no API document, so its shape is real code's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.routes import Call, Operation
from airflow_provider_flexout.sandbox.rules import media
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, CHAT_SERVICE_SID
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import Answer

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import Media

__all__ = ["OPERATIONS"]


def _show(call: Call, row: Media) -> dict[str, Any]:
    url = f"{call.base}/v1/Services/{CHAT_SERVICE_SID}/Media/{row.sid}"
    return {
        "sid": row.sid,
        "account_sid": ACCOUNT_SID,
        "service_sid": CHAT_SERVICE_SID,
        "channel_sid": None,
        "message_sid": None,
        "date_created": iso(row.created),
        "date_updated": iso(row.updated),
        "content_type": row.content_type,
        "size": len(row.content),
        "filename": None,
        "author": None,
        "category": "media",
        "is_multipart_upstream": False,
        "url": f"/v1/Services/{CHAT_SERVICE_SID}/Media/{row.sid}",
        "links": {"content": f"{url}/Content", "content_direct_temporary": f"{url}/Content"},
    }


def _check_service(call: Call) -> None:
    if call.params["ServiceSid"] != CHAT_SERVICE_SID:
        raise call.not_found()


def _create(call: Call) -> Answer:
    _check_service(call)
    made = media.add(call.world, call.headers.get("content-type", ""), call.content)
    return Answer(_show(call, made), 201)


def _fetch(call: Call) -> Answer:
    _check_service(call)
    found = call.world.media.get(call.params["Sid"])
    if found is None:
        raise call.not_found()
    return Answer(_show(call, found))


_ALL: Final = "/v1/Services/{ServiceSid}/Media"
OPERATIONS: Final = [
    Operation("CreateMedia", "POST", _ALL, _create, body="raw"),
    Operation("FetchMedia", "GET", _ALL + "/{Sid}", _fetch),
]
