"""Flex's interaction webhooks, registered under the Flex instance; they are in no OpenAPI document.

https://www.twilio.com/docs/flex/developer/conversations/register-interactions-webhooks
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.pagination import page_of
from airflow_provider_flexout.sandbox.api.routes import Call, Operation, paging
from airflow_provider_flexout.sandbox.state.records import InteractionWebhook
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, INSTANCE_SID
from airflow_provider_flexout.sandbox.wire.http import Answer
from airflow_provider_flexout.sandbox.wire.parameters import Param, enum, refused, text

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


def _show(call: Call, row: InteractionWebhook) -> dict[str, Any]:
    return {
        "ttid": row.ttid,
        "account_sid": ACCOUNT_SID,
        "instance_sid": INSTANCE_SID,
        "webhook_url": row.url,
        "webhook_events": row.events,
        "webhook_method": row.method,
        "type": row.kind,
        "friendly_name": row.name,
        "url": f"{call.base}/v1/Instances/{INSTANCE_SID}/InteractionWebhooks/{row.ttid}",
    }


def _check_instance(call: Call) -> None:
    if call.params["InstanceSid"] != INSTANCE_SID:
        raise call.not_found()


def _one(call: Call) -> InteractionWebhook:
    _check_instance(call)
    row = call.world.interaction_webhooks.get(call.params["Ttid"])
    if row is None:
        raise call.not_found()
    return row


def _change(row: InteractionWebhook, form: Mapping[str, Any]) -> None:
    row.events = form.get("WebhookEvents", row.events)
    row.url = form.get("WebhookUrl", row.url)
    row.method = form.get("WebhookMethod", row.method)
    row.kind = form.get("Type", row.kind)
    row.name = form.get("FriendlyName", row.name)


def _create(call: Call) -> Answer:
    _check_instance(call)
    for name in ("WebhookEvents", "WebhookUrl"):
        if name not in call.form:
            raise refused(name, "missing")
    ttid = _TTID + call.world.sids.new("")[:_ULID]
    row = InteractionWebhook(ttid)
    _change(row, call.form)
    call.world.interaction_webhooks[ttid] = row
    return Answer(_show(call, row), 201)


def _list(call: Call) -> Answer:
    _check_instance(call)
    rows = call.world.interaction_webhooks.values()
    return page_of(call, "data", rows, lambda row: _show(call, row))


def _fetch(call: Call) -> Answer:
    return Answer(_show(call, _one(call)))


def _update(call: Call) -> Answer:
    row = _one(call)
    _change(row, call.form)
    return Answer(_show(call, row))


def _delete(call: Call) -> Answer:
    del call.world.interaction_webhooks[_one(call).ttid]
    return Answer(None, 204)


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
