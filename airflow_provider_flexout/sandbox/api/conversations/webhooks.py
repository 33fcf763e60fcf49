"""The Conversations API's webhooks: of one conversation, and of all."""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_flexout.sandbox.api.conversations.service import (
    conversation_of,
    service_field,
    under_service,
)
from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.rules.studio import replay
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, CHAT_SERVICE_SID
from airflow_provider_flexout.sandbox.state.webhook_registry import ScopedWebhook
from airflow_provider_flexout.sandbox.webhooks.conversation_events import notify_message
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import (
    Param,
    enum,
    integer,
    invalid_parameter,
    sid,
    text,
    web_address,
)

__all__ = ["OPERATIONS"]

_MOST: Final = 5
_BEFORE: Final = tuple(
    f"on{what}{verb}"
    for what in ("Message", "Conversation", "Participant")
    for verb in ("Add", "Update", "Remove")
)
_AFTER: Final = tuple(f"{event}{'d' if event.endswith('e') else 'ed'}" for event in _BEFORE)
_EVENTS: Final = (
    *_BEFORE,
    *_AFTER,
    "onConversationStateUpdated",
    "onDeliveryUpdated",
    "onUserAdded",
    "onUserUpdate",
    "onUserUpdated",
)


def _show(request: ApiRequest, row: ScopedWebhook) -> dict[str, Any]:
    configuration = {
        "url": row.url,
        "method": row.method,
        "filters": row.filters,
        "triggers": row.triggers,
        "flow_sid": row.flow_sid,
        "replay_after": row.replay_after,
    }
    root = f"{request.base}/v1" + (f"/Services/{CHAT_SERVICE_SID}" if service_field(request) else "")
    return {
        "sid": row.sid,
        "account_sid": ACCOUNT_SID,
        **service_field(request),
        "conversation_sid": row.conversation_sid,
        "target": row.target,
        "configuration": {name: value for name, value in configuration.items() if value not in (None, [])},
        "date_created": iso(row.created),
        "date_updated": iso(row.updated),
        "url": f"{root}/Conversations/{row.conversation_sid}/Webhooks/{row.sid}",
    }


def _one(request: ApiRequest) -> ScopedWebhook:
    for row in request.store.webhooks.scoped.get(conversation_of(request).sid, ()):
        if row.sid == request.params["Sid"]:
            return row
    raise request.not_found()


def _change(request: ApiRequest, row: ScopedWebhook) -> None:
    form = request.form
    flow_sid = form.get("Configuration.FlowSid")
    if flow_sid is not None and flow_sid not in request.store.studio.flows:
        raise ApiError(400, 50367, f"Invalid flow sid {flow_sid}")
    row.url = form.get("Configuration.Url", row.url) or None
    row.method = form.get("Configuration.Method", row.method)
    row.filters = form.get("Configuration.Filters", row.filters)
    row.triggers = form.get("Configuration.Triggers", row.triggers)
    row.flow_sid = form.get("Configuration.FlowSid", row.flow_sid)


def _create(request: ApiRequest) -> ApiResponse:
    conversation, form, now = conversation_of(request), request.form, request.store.clock.time()
    rows = request.store.webhooks.scoped.setdefault(conversation.sid, [])
    if len(rows) >= _MOST:
        raise invalid_parameter("Target", f"a conversation has at most {_MOST} webhooks")
    row = ScopedWebhook(request.store.sids.new("WH"), conversation.sid, form["Target"], now, now)
    _change(request, row)
    if row.target == "studio" and not row.flow_sid:
        raise invalid_parameter("Configuration.FlowSid", "missing")
    if row.target != "studio" and not row.url:
        raise invalid_parameter("Configuration.Url", "missing")
    since = row.replay_after = form.get("Configuration.ReplayAfter")
    newest = conversation.messages[-1].index if conversation.messages else -1
    if since is not None and since > newest and request.store.settings.replay_ahead == "refuse":
        raise invalid_parameter("Configuration.ReplayAfter", "no such message")
    rows.append(row)
    if row.replay_after is not None:
        request.store.webhooks.source = "SDK"  # it is the webhook that asks for these
        for message in conversation.messages:
            if message.index >= row.replay_after:
                notify_message(request.store.webhooks, "onMessageAdded", conversation, message, row)
        replay(request.store, row, conversation)
    return ApiResponse(_show(request, row), 201)


def _list(request: ApiRequest) -> ApiResponse:
    rows = request.store.webhooks.scoped.get(conversation_of(request).sid, ())
    return page_of(request, "webhooks", rows, lambda row: _show(request, row))


def _fetch(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show(request, _one(request)))


def _update(request: ApiRequest) -> ApiResponse:
    row = _one(request)
    _change(request, row)
    row.updated = request.store.clock.time()
    return ApiResponse(_show(request, row))


def _delete(request: ApiRequest) -> ApiResponse:
    row = _one(request)
    request.store.webhooks.scoped[row.conversation_sid].remove(row)
    return ApiResponse(None, 204)


def _fetch_configuration(request: ApiRequest) -> ApiResponse:
    if request.params.get("ChatServiceSid", CHAT_SERVICE_SID) != CHAT_SERVICE_SID:
        raise request.not_found()
    row = request.store.webhooks.configuration
    shown = {
        "account_sid": ACCOUNT_SID,
        "pre_webhook_url": row.pre_url,
        "post_webhook_url": row.post_url,
        "method": row.method,
        "filters": row.filters,
        "url": f"{request.base}{request.path}",
    }
    return ApiResponse(shown | (service_field(request) or {"target": row.target}))


def _update_configuration(request: ApiRequest) -> ApiResponse:
    response, row, form = _fetch_configuration(request), request.store.webhooks.configuration, request.form
    row.pre_url = form.get("PreWebhookUrl", row.pre_url) or None
    row.post_url = form.get("PostWebhookUrl", row.post_url) or None
    row.method = form.get("Method", row.method)
    row.filters = form.get("Filters", row.filters)
    row.target = form.get("Target", row.target)
    response.body |= _fetch_configuration(request).body
    return response


_ALL: Final = "/v1/Conversations/{ConversationSid}/Webhooks"
_CHANGES: Final = {
    "Configuration.Url": Param(web_address),
    "Configuration.Method": Param(enum("get", "post", "GET", "POST")),
    "Configuration.Filters": Param(enum(*_EVENTS), many=True),
    "Configuration.Triggers": Param(text(), many=True),
    "Configuration.FlowSid": Param(sid("FW")),
}
_SERVICE: Final = {
    "PreWebhookUrl": Param(web_address),
    "PostWebhookUrl": Param(web_address),
    "Filters": Param(enum(*_EVENTS), many=True),
    "Method": Param(enum("GET", "POST")),
}
_ACCOUNT: Final = "/v1/Configuration/Webhooks"
_SERVICES: Final = "/v1/Services/{ChatServiceSid}/Configuration/Webhooks"
OPERATIONS: Final = [
    *under_service(
        [
            Operation(
                "CreateConversationScopedWebhook",
                "POST",
                _ALL,
                _create,
                form={
                    "Target": Param(enum("webhook", "trigger", "studio"), required=True),
                    **_CHANGES,
                    "Configuration.ReplayAfter": Param(integer(0)),
                },
            ),
            Operation("ListConversationScopedWebhook", "GET", _ALL, _list, query=paging(5)),
            Operation("FetchConversationScopedWebhook", "GET", _ALL + "/{Sid}", _fetch),
            Operation("UpdateConversationScopedWebhook", "POST", _ALL + "/{Sid}", _update, form=_CHANGES),
            Operation("DeleteConversationScopedWebhook", "DELETE", _ALL + "/{Sid}", _delete),
        ]
    ),
    Operation("FetchConfigurationWebhook", "GET", _ACCOUNT, _fetch_configuration),
    Operation(
        "UpdateConfigurationWebhook",
        "POST",
        _ACCOUNT,
        _update_configuration,
        form={**_SERVICE, "Target": Param(enum("webhook", "flex"))},
    ),
    Operation("FetchServiceWebhookConfiguration", "GET", _SERVICES, _fetch_configuration),
    Operation("UpdateServiceWebhookConfiguration", "POST", _SERVICES, _update_configuration, form=_SERVICE),
]
