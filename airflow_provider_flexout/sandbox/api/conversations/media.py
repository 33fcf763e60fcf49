"""The media service, ``mcs.us1.twilio.com``. No document has its fields: they are those of real responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation
from airflow_provider_flexout.sandbox.rules import media
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, CHAT_SERVICE_SID
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import MediaRecord

__all__ = ["OPERATIONS"]


def _show(request: ApiRequest, row: MediaRecord) -> dict[str, Any]:
    url = f"{request.base}/v1/Services/{CHAT_SERVICE_SID}/Media/{row.sid}"
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


def _check_service(request: ApiRequest) -> None:
    if request.params["ServiceSid"] != CHAT_SERVICE_SID:
        raise request.not_found()


def _create(request: ApiRequest) -> ApiResponse:
    _check_service(request)
    made = media.add(request.store, request.headers.get("content-type", ""), request.content)
    return ApiResponse(_show(request, made), 201)


def _fetch(request: ApiRequest) -> ApiResponse:
    _check_service(request)
    found = request.store.media.get(request.params["Sid"])
    if found is None:
        raise request.not_found()
    return ApiResponse(_show(request, found))


def _fetch_content(request: ApiRequest) -> ApiResponse:
    _check_service(request)
    found = request.store.media.get(request.params["Sid"])
    if found is None:
        raise request.not_found()
    return ApiResponse(found.content, headers={"Content-Type": found.content_type, **_APART})


# A file may be a page with scripts, and must not act as the sandbox's own page.
_APART: Final = {
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "sandbox",
    "X-Content-Type-Options": "nosniff",
}
_ALL: Final = "/v1/Services/{ServiceSid}/Media"
OPERATIONS: Final = [
    Operation("CreateMedia", "POST", _ALL, _create, body="raw"),
    Operation("FetchMedia", "GET", _ALL + "/{Sid}", _fetch),
    # A link that Twilio signs, and that needs no credentials.
    Operation("FetchMediaContent", "GET", _ALL + "/{Sid}/Content", _fetch_content, public=True),
]
