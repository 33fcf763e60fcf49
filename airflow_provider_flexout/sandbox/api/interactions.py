"""Flex's interactions, with their interaction_channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.pagination import page_of
from airflow_provider_flexout.sandbox.api.routes import ApiRequest, Operation, paging
from airflow_provider_flexout.sandbox.rules import interaction_channels, interactions
from airflow_provider_flexout.sandbox.state.seed import (
    ACCOUNT_SID,
    TASK_CHANNELS,
    WORKSPACE,
)
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, sid, text

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import (
        ChannelRecord,
        InteractionRecord,
        TaskRecord,
    )
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["OPERATIONS", "channel_url", "one_channel", "routing_copy"]


def _task_copy(store: Store, task: TaskRecord) -> dict[str, Any]:
    """Return the task as Flex copies it into its answers: dates are epoch seconds, attributes a string."""
    created, age = int(task.created), int(store.clock.time() - task.created)
    workspace = store.workspace
    return {
        "sid": task.sid,
        "account_sid": ACCOUNT_SID,
        "workspace_sid": WORKSPACE.sid,
        "workflow_sid": task.workflow_sid,
        "workflow_name": workspace.workflows[task.workflow_sid].name,
        "queue_sid": task.queue_sid,
        "queue_name": workspace.queues[task.queue_sid].name,
        "task_channel_sid": task.task_channel_sid,
        "task_channel_unique_name": TASK_CHANNELS[task.task_channel_sid].unique_name,
        "assignment_status": task.status,
        "routing_target": task.target_sid,
        "priority": task.priority,
        "timeout": task.timeout,
        "reason": task.reason,
        "age": age,
        "age_in_queue": age,
        "assignmentCounter": len(task.reservations),
        "addons": "{}",
        "date_created": created,
        "date_updated": int(task.updated),
        "task_queue_entered_date": created,
        "virtual_start_time": int(task.virtual_start or created),
        "ignore_capacity": task.target_sid is not None,
        "version": task.version,
        "custom_context": None,
        "twilio_context": None,
        "required_attention": None,
        "attributes": task.attributes,
    }


def routing_copy(store: Store, task: TaskRecord | None) -> dict[str, Any] | None:
    """Return the ``routing`` of an answer: a copy of the task, if it still exists.

    :param store: the sandbox's state.
    :param task: the task, or None.
    """
    return None if task is None else {"reservation": None, "properties": _task_copy(store, task)}


def _show(
    request: ApiRequest, interaction: InteractionRecord, channel: ChannelRecord, task: TaskRecord | None
) -> dict[str, Any]:
    url = f"{request.base}/v1/Interactions/{interaction.sid}"
    return {
        "sid": interaction.sid,
        "channel": {"type": channel.kind, "sid": channel.sid},
        "routing": routing_copy(request.store, task),
        "interaction_context_sid": interaction.context_sid,
        "webhook_ttid": interaction.webhook_ttid,
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
    interaction = _found(request)
    interaction.webhook_ttid = request.form.get("WebhookTtid", interaction.webhook_ttid)
    return _fetch(request)


def one_channel(request: ApiRequest) -> ChannelRecord:
    """Return the channel that a path names.

    :param request: the request.
    :raises ApiError: 404/20404.
    """
    channel = request.store.channels.get(request.params["ChannelSid"])
    if channel is None or channel.interaction_sid != request.params["InteractionSid"]:
        raise request.not_found()
    return channel


def channel_url(request: ApiRequest, channel: ChannelRecord) -> str:
    """Return a channel's URL.

    :param request: the request.
    :param channel: the channel.
    """
    return f"{request.base}/v1/Interactions/{channel.interaction_sid}/Channels/{channel.sid}"


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
    return ApiResponse(_show_channel(request, one_channel(request)))


def _update_channel(request: ApiRequest) -> ApiResponse:
    channel = one_channel(request)
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
