"""Flex's interaction webhooks, registered under the Flex instance; they are in no OpenAPI document.

https://www.twilio.com/docs/flex/developer/conversations/register-interactions-webhooks
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.state.records import InteractionWebhookRecord
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, INSTANCE_SID
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, enum, invalid_parameter, text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPERATIONS"]

_EVENTS: Final = (
    "onInteractionCreated",
    "onChannelCreated",
    "onChannelCreateFailed",
    "onChannelStatusUpdated",
    "onParticipantJoined",
    "onParticipantLeft",
    "onParticipantUpdated",
)
_TTID: Final = "flex_interactionwebhook_"
_ULID: Final = 26


def _show(request: ApiRequest, row: InteractionWebhookRecord) -> dict[str, Any]:
    return {
        "ttid": row.ttid,
        "account_sid": ACCOUNT_SID,
        "instance_sid": INSTANCE_SID,
        "webhook_url": row.url,
        "webhook_events": row.events,
        "webhook_method": row.method,
        "type": row.kind,
        "friendly_name": row.name,
        "url": f"{request.base}/v1/Instances/{INSTANCE_SID}/InteractionWebhooks/{row.ttid}",
    }


def _check_instance(request: ApiRequest) -> None:
    if request.params["InstanceSid"] != INSTANCE_SID:
        raise request.not_found()


def _one(request: ApiRequest) -> InteractionWebhookRecord:
    _check_instance(request)
    row = request.store.webhooks.interaction.get(request.params["Ttid"])
    if row is None:
        raise request.not_found()
    return row


def _change(row: InteractionWebhookRecord, form: Mapping[str, Any]) -> None:
    row.events = form.get("WebhookEvents", row.events)
    row.url = form.get("WebhookUrl", row.url)
    row.method = form.get("WebhookMethod", row.method)
    row.kind = form.get("Type", row.kind)
    row.name = form.get("FriendlyName", row.name)


def _create(request: ApiRequest) -> ApiResponse:
    _check_instance(request)
    for name in ("WebhookEvents", "WebhookUrl"):
        if name not in request.form:
            raise invalid_parameter(name, "missing")
    ttid = _TTID + request.store.sids.new("")[:_ULID]
    row = InteractionWebhookRecord(ttid)
    _change(row, request.form)
    request.store.webhooks.interaction[ttid] = row
    return ApiResponse(_show(request, row), 201)


def _list(request: ApiRequest) -> ApiResponse:
    _check_instance(request)
    rows = request.store.webhooks.interaction.values()
    return page_of(request, "data", rows, lambda row: _show(request, row))


def _fetch(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show(request, _one(request)))


def _update(request: ApiRequest) -> ApiResponse:
    row = _one(request)
    _change(row, request.form)
    return ApiResponse(_show(request, row))


def _delete(request: ApiRequest) -> ApiResponse:
    del request.store.webhooks.interaction[_one(request).ttid]
    return ApiResponse(None, 204)


def _web_address(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("no URL")
    return value


_ALL: Final = "/v1/Instances/{InstanceSid}/InteractionWebhooks"
_FORM: Final = {
    "WebhookEvents": Param(enum(*_EVENTS), many=True),
    "WebhookUrl": Param(_web_address),
    "WebhookMethod": Param(enum("GET", "POST")),
    "Type": Param(enum("global", "interaction")),
    "FriendlyName": Param(text()),
}
OPERATIONS: Final = [
    Operation("CreateInteractionWebhook", "POST", _ALL, _create, form=_FORM),
    Operation("ListInteractionWebhook", "GET", _ALL, _list, query=paging(1000)),
    Operation("FetchInteractionWebhook", "GET", _ALL + "/{Ttid}", _fetch),
    Operation("UpdateInteractionWebhook", "POST", _ALL + "/{Ttid}", _update, form=_FORM),
    Operation("DeleteInteractionWebhook", "DELETE", _ALL + "/{Ttid}", _delete),
]
