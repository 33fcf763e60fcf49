"""The roles of a chat service. The sandbox has the one that participants have, and none can be made."""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_flexout.sandbox.api.conversations.service import check_service, under_service
from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, BORN, CHAT_SERVICE_SID, ROLE_SID
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse

__all__ = ["OPERATIONS"]


def _show(request: ApiRequest) -> dict[str, Any]:
    service = f"/Services/{CHAT_SERVICE_SID}" if "ChatServiceSid" in request.params else ""
    return {
        "sid": ROLE_SID,
        "account_sid": ACCOUNT_SID,
        "chat_service_sid": CHAT_SERVICE_SID,
        "friendly_name": "channel user",
        "type": "conversation",
        "permissions": ["sendMessage", "sendMediaMessage", "leaveConversation", "editOwnMessage"],
        "date_created": iso(BORN),
        "date_updated": iso(BORN),
        "url": f"{request.base}/v1{service}/Roles/{ROLE_SID}",
    }


def _list(request: ApiRequest) -> ApiResponse:
    check_service(request)
    return page_of(request, "roles", [request], _show)


def _fetch(request: ApiRequest) -> ApiResponse:
    check_service(request)
    if request.params["Sid"] != ROLE_SID:
        raise request.not_found()
    return ApiResponse(_show(request))


OPERATIONS: Final = under_service(
    [
        Operation("ListRole", "GET", "/v1/Roles", _list, query=paging(50)),
        Operation("FetchRole", "GET", "/v1/Roles/{Sid}", _fetch),
    ]
)
