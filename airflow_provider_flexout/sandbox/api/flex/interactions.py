"""Flex's interactions, with their channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.flex.channel import channel_of, channel_url, routing_copy
from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.rules import interaction_channels, interactions
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, sid, text

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import ChannelRecord, InteractionRecord, TaskRecord

__all__ = ["OPERATIONS"]


def _show(
    request: ApiRequest, interaction: InteractionRecord, channel: ChannelRecord, task: TaskRecord | None
) -> dict[str, Any]:
    url = f"{request.base}/v1/Interactions/{interaction.sid}"
    return {
        "sid": interaction.sid,
        "channel": {"type": channel.kind, "sid": channel.sid},
        "routing": routing_copy(request.store, task),
        "interaction_context_sid": interaction.context_sid,
        "webhook_ttid": channel.webhook_ttid,
        "url": url,
        "links": {"channels": f"{url}/Channels"},
    }


def _create(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show(request, *interactions.create(request.store, request.form)))


def _found(request: ApiRequest) -> InteractionRecord:
    interaction = request.store.interactions.get(request.params["InteractionSid"])
    if interaction is None:
        raise request.not_found()
    return interaction


def _fetch(request: ApiRequest) -> ApiResponse:
    interaction = _found(request)
    channel, task = request.store.channels[interaction.channel_sid], None
    if request.store.settings.fetched_routing == "task":
        task = request.store.tasks.get(channel.invites[0].task_sid)
    return ApiResponse(_show(request, interaction, channel, task))


def _update(request: ApiRequest) -> ApiResponse:
    channel = request.store.channels[_found(request).channel_sid]
    channel.webhook_ttid = request.form.get("WebhookTtid", channel.webhook_ttid)
    return _fetch(request)


def _show_channel(request: ApiRequest, channel: ChannelRecord) -> dict[str, Any]:
    url = channel_url(request, channel)
    return {
        "sid": channel.sid,
        "interaction_sid": channel.interaction_sid,
        "type": channel.kind,
        "status": channel.status,
        "error_code": channel.error_code,
        "error_message": channel.error_message,
        "url": url,
        "links": {
            "participants": f"{url}/Participants",
            "invites": f"{url}/Invites",
            "transfers": f"{url}/Transfers",
        },
    }


def _list_channels(request: ApiRequest) -> ApiResponse:
    rows = [request.store.channels[_found(request).channel_sid]]
    return page_of(request, "channels", rows, lambda row: _show_channel(request, row))


def _fetch_channel(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show_channel(request, channel_of(request)))


def _update_channel(request: ApiRequest) -> ApiResponse:
    channel = channel_of(request)
    interaction_channels.update(request.store, channel, request.form)
    return ApiResponse(_show_channel(request, channel))


_ONE: Final = "/v1/Interactions/{InteractionSid}"
_CHANNEL: Final = _ONE + "/Channels/{ChannelSid}"
_TTID: Final = Param(text(128))
OPERATIONS: Final = [
    Operation(
        "CreateInteraction",
        "POST",
        "/v1/Interactions",
        _create,
        form={
            "Channel": Param(text(), required=True),
            "Routing": Param(text()),
            "InteractionContextSid": Param(sid("HQ")),
            "WebhookTtid": _TTID,
        },
    ),
    Operation("FetchInteraction", "GET", _ONE, _fetch),
    Operation("UpdateInteraction", "POST", _ONE, _update, form={"WebhookTtid": _TTID}),
    Operation("ListInteractionChannel", "GET", _ONE + "/Channels", _list_channels, query=paging(1000)),
    Operation("FetchInteractionChannel", "GET", _CHANNEL, _fetch_channel),
    Operation(
        "UpdateInteractionChannel",
        "POST",
        _CHANNEL,
        _update_channel,
        form={"Status": Param(text()), "Routing": Param(text())},
    ),
]
