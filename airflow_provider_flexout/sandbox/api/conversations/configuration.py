"""What Conversations is set up with: defaults of new conversations, services, and addresses of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.account import messaging
from airflow_provider_flexout.sandbox.api.conversations.service import check_service
from airflow_provider_flexout.sandbox.api.flex.configuration import fetch_flex_configuration
from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.state.account.setup import AddressRecord
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, BORN, CHAT_SERVICE_SID, ROLE_SID
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import (
    Param,
    absent,
    boolean,
    enum,
    integer,
    only,
    period,
    sid,
    text,
    web_address,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OPERATIONS"]

_TYPES: Final = ("sms", "whatsapp", "messenger", "gbm", "email", "rcs", "apple", "chat")


def _is_for(product: str, request: ApiRequest) -> bool:
    """Tell which of Twilio's hosts a request is meant for, where several have the same path.

    :param product: the first label of the host.
    :param request: the request. A proxy that has Twilio's names passes on the one by which it was called.
    """
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
    return host.startswith(f"{product}.")


def _defaults(request: ApiRequest) -> ApiResponse:
    account, url = request.store.account, f"{request.base}/v1/Configuration"
    return ApiResponse(
        {
            "account_sid": ACCOUNT_SID,
            "default_chat_service_sid": account.default_chat_service_sid,
            "default_messaging_service_sid": account.default_messaging_service_sid,
            "default_inactive_timer": account.inactive_timer,
            "default_closed_timer": account.closed_timer,
            "url": url,
            "links": {
                "service": f"{request.base}/v1/Services/{account.default_chat_service_sid}/Configuration",
                "webhooks": f"{url}/Webhooks",
            },
        }
    )


def _fetch_defaults(request: ApiRequest) -> ApiResponse:
    return fetch_flex_configuration(request) if _is_for("flex-api", request) else _defaults(request)


def _update_defaults(request: ApiRequest) -> ApiResponse:
    account, form = request.store.account, request.form
    account.inactive_timer = form.get("DefaultInactiveTimer", account.inactive_timer) or None
    account.closed_timer = form.get("DefaultClosedTimer", account.closed_timer) or None
    return _defaults(request)


def _fetch_service_configuration(request: ApiRequest) -> ApiResponse:
    check_service(request)
    url = f"{request.base}/v1/Services/{CHAT_SERVICE_SID}/Configuration"
    roles = ("default_conversation_creator_role_sid", "default_conversation_role_sid")
    return ApiResponse(
        {
            "chat_service_sid": CHAT_SERVICE_SID,
            **dict.fromkeys((*roles, "default_chat_service_role_sid"), ROLE_SID),
            "reachability_enabled": False,
            "url": url,
            "links": {"notifications": f"{url}/Notifications", "webhooks": f"{url}/Webhooks"},
        }
    )


def _timer(least: float) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value:
            period(least)(value)
        return value

    return check


def _show_service(request: ApiRequest, service_sid: str) -> dict[str, Any]:
    url = f"{request.base}/v1/Services/{service_sid}"
    parts = {
        "conversations": "Conversations",
        "users": "Users",
        "roles": "Roles",
        "bindings": "Bindings",
        "configuration": "Configuration",
        "participant_conversations": "ParticipantConversations",
        "conversation_with_participants": "ConversationWithParticipants",
    }
    return {
        "account_sid": ACCOUNT_SID,
        "sid": service_sid,
        "friendly_name": "Flex Chat Service",
        "date_created": iso(BORN),
        "date_updated": iso(BORN),
        "url": url,
        "links": {name: f"{url}/{part}" for name, part in parts.items()},
    }


def _list_services(request: ApiRequest) -> ApiResponse:
    if _is_for("messaging", request):
        return messaging.list_services(request)
    return page_of(request, "services", [CHAT_SERVICE_SID], lambda row: _show_service(request, row))


def _fetch_service(request: ApiRequest) -> ApiResponse:
    if request.params["Sid"].startswith("MG"):
        return messaging.fetch_service(request)
    if request.params["Sid"] != CHAT_SERVICE_SID:
        raise request.not_found()
    return ApiResponse(_show_service(request, CHAT_SERVICE_SID))


def _show_address(request: ApiRequest, row: AddressRecord) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": ACCOUNT_SID,
        "type": row.type,
        "address": row.address,
        "friendly_name": row.friendly_name,
        "auto_creation": row.auto_creation,
        "date_created": iso(row.created),
        "date_updated": iso(row.updated),
        "url": f"{request.base}/v1/Configuration/Addresses/{row.sid}",
        "address_country": row.country,
    }


def _one(request: ApiRequest) -> AddressRecord:
    """Return the address that a path names, by its SID or as it is written."""
    asked = request.params["Sid"]
    for row in request.store.account.addresses.values():
        if asked in (row.sid, row.address):
            return row
    raise request.not_found()


def _list_addresses(request: ApiRequest) -> ApiResponse:
    rows = request.store.account.addresses.values()
    wanted = request.query.get("Type")
    fitting = [row for row in rows if wanted in (None, row.type)]
    return page_of(request, "address_configurations", fitting, lambda row: _show_address(request, row))


def _fetch_address(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show_address(request, _one(request)))


_AUTO: Final[dict[str, tuple[str, Param]]] = {
    "AutoCreation.Enabled": ("enabled", Param(boolean)),
    "AutoCreation.Type": ("type", Param(enum("webhook", "studio", "default"))),
    "AutoCreation.ConversationServiceSid": ("conversation_service_sid", Param(sid("IS"))),
    "AutoCreation.WebhookUrl": ("webhook_url", Param(web_address)),
    "AutoCreation.WebhookMethod": ("webhook_method", Param(enum("get", "post", "GET", "POST"))),
    "AutoCreation.WebhookFilters": ("webhook_filters", Param(text(), many=True)),
    "AutoCreation.StudioFlowSid": ("studio_flow_sid", Param(sid("FW"))),
    "AutoCreation.StudioRetryCount": ("studio_retry_count", Param(integer(0, 3))),
}


def _auto_creation(request: ApiRequest) -> dict[str, Any]:
    given = {name: request.form[field] for field, (name, _) in _AUTO.items() if field in request.form}
    flow = given.get("studio_flow_sid")
    if flow is not None and flow not in request.store.studio.flows:
        raise ApiError(400, 50367, f"Invalid flow sid {flow}")
    return given


def _create_address(request: ApiRequest) -> ApiResponse:
    store, form = request.store, request.form
    if any(row.address == form["Address"] for row in store.account.addresses.values()):
        raise ApiError(409, 20409, "Address configuration for this address already exists")
    auto = {"enabled": False, "type": "default", "conversation_service_sid": CHAT_SERVICE_SID}
    now = store.clock.time()
    row = AddressRecord(
        store.sids.new("IG"),
        form["Type"],
        form["Address"],
        form.get("FriendlyName"),
        {**auto, **_auto_creation(request)},
        form.get("AddressCountry"),
        now,
        now,
    )
    store.account.addresses[row.sid] = row
    return ApiResponse(_show_address(request, row), 201)


def _update_address(request: ApiRequest) -> ApiResponse:
    row = _one(request)
    row.auto_creation = {**row.auto_creation, **_auto_creation(request)}
    row.friendly_name = request.form.get("FriendlyName", row.friendly_name)
    row.updated = request.store.clock.time()
    return ApiResponse(_show_address(request, row))


def _delete_address(request: ApiRequest) -> ApiResponse:
    del request.store.account.addresses[_one(request).sid]
    return ApiResponse(None, 204)


_ALL: Final = "/v1/Configuration"
_ADDRESSES: Final = _ALL + "/Addresses"
_CHANGE: Final = {"FriendlyName": Param(text(256)), **{field: param for field, (_, param) in _AUTO.items()}}
OPERATIONS: Final = [
    Operation("FetchConfiguration", "GET", _ALL, _fetch_defaults),
    Operation(
        "UpdateConfiguration",
        "POST",
        _ALL,
        _update_defaults,
        form={
            "DefaultChatServiceSid": Param(only(CHAT_SERVICE_SID)),
            "DefaultMessagingServiceSid": Param(absent),
            "DefaultInactiveTimer": Param(_timer(60)),
            "DefaultClosedTimer": Param(_timer(600)),
        },
    ),
    Operation(
        "FetchServiceConfiguration",
        "GET",
        "/v1/Services/{ChatServiceSid}/Configuration",
        _fetch_service_configuration,
    ),
    Operation("ListService", "GET", "/v1/Services", _list_services, query=paging(100)),
    Operation("FetchService", "GET", "/v1/Services/{Sid}", _fetch_service),
    Operation(
        "ListConfigurationAddress",
        "GET",
        _ADDRESSES,
        _list_addresses,
        query={"Type": Param(text()), **paging(50)},
    ),
    Operation(
        "CreateConfigurationAddress",
        "POST",
        _ADDRESSES,
        _create_address,
        form={
            "Type": Param(enum(*_TYPES), required=True),
            "Address": Param(text(256), required=True),
            "AddressCountry": Param(text()),
            **_CHANGE,
        },
    ),
    Operation("FetchConfigurationAddress", "GET", _ADDRESSES + "/{Sid}", _fetch_address),
    Operation("UpdateConfigurationAddress", "POST", _ADDRESSES + "/{Sid}", _update_address, form=_CHANGE),
    Operation("DeleteConfigurationAddress", "DELETE", _ADDRESSES + "/{Sid}", _delete_address),
]
