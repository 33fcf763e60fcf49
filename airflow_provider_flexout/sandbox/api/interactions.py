"""Flex's interactions, with their interaction_channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.pagination import page_of
from airflow_provider_flexout.sandbox.api.routes import Call, Operation, paging
from airflow_provider_flexout.sandbox.rules import interaction_channels, interactions
from airflow_provider_flexout.sandbox.state.seed import (
    ACCOUNT_SID,
    TASK_CHANNELS,
    WORKSPACE,
)
from airflow_provider_flexout.sandbox.wire.http import Answer
from airflow_provider_flexout.sandbox.wire.parameters import Param, sid, text

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import (
        Channel,
        Interaction,
        Task,
    )
    from airflow_provider_flexout.sandbox.state.store import World

__all__ = ["OPERATIONS", "channel_url", "one_channel", "routing_copy"]


def _task_copy(world: World, task: Task) -> dict[str, Any]:
    """Return the task as Flex copies it into its answers: dates are epoch seconds, attributes a string."""
    created, age = int(task.created), int(world.clock.time() - task.created)
    center = world.center
    return {
        "sid": task.sid,
        "account_sid": ACCOUNT_SID,
        "workspace_sid": WORKSPACE.sid,
        "workflow_sid": task.workflow_sid,
        "workflow_name": center.workflows[task.workflow_sid].name,
        "queue_sid": task.queue_sid,
        "queue_name": center.queues[task.queue_sid].name,
        "task_channel_sid": task.task_channel_sid,
        "task_channel_unique_name": TASK_CHANNELS[task.task_channel_sid].unique_name,
        "assignment_status": task.status,
        "routing_target": task.target_sid,
        "priority": task.priority,
        "timeout": task.timeout,
        "reason": task.reason,
        "age": age,
        "age_in_queue": age,
        "assignmentCounter": len(task.offers),
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


def routing_copy(world: World, task: Task | None) -> dict[str, Any] | None:
    """Return the ``routing`` of an answer: a copy of the task, if it still exists.

    :param world: the sandbox's state.
    :param task: the task, or None.
    """
    return None if task is None else {"reservation": None, "properties": _task_copy(world, task)}


def _show(call: Call, interaction: Interaction, channel: Channel, task: Task | None) -> dict[str, Any]:
    url = f"{call.base}/v1/Interactions/{interaction.sid}"
    return {
        "sid": interaction.sid,
        "channel": {"type": channel.kind, "sid": channel.sid},
        "routing": routing_copy(call.world, task),
        "interaction_context_sid": interaction.context_sid,
        "webhook_ttid": interaction.webhook_ttid,
        "url": url,
        "links": {"channels": f"{url}/Channels"},
    }


def _create(call: Call) -> Answer:
    return Answer(_show(call, *interactions.create(call.world, call.form)))


def _found(call: Call) -> Interaction:
    interaction = call.world.interactions.get(call.params["InteractionSid"])
    if interaction is None:
        raise call.not_found()
    return interaction


def _fetch(call: Call) -> Answer:
    interaction = _found(call)
    channel, task = call.world.channels[interaction.channel_sid], None
    if call.world.settings.fetched_routing == "task":
        task = call.world.tasks.get(channel.invites[0].task_sid)
    return Answer(_show(call, interaction, channel, task))


def _update(call: Call) -> Answer:
    interaction = _found(call)
    interaction.webhook_ttid = call.form.get("WebhookTtid", interaction.webhook_ttid)
    return _fetch(call)


def one_channel(call: Call) -> Channel:
    """Return the channel that a path names.

    :param call: the request.
    :raises TwilioError: 404/20404.
    """
    channel = call.world.channels.get(call.params["ChannelSid"])
    if channel is None or channel.interaction_sid != call.params["InteractionSid"]:
        raise call.not_found()
    return channel


def channel_url(call: Call, channel: Channel) -> str:
    """Return a channel's URL.

    :param call: the request.
    :param channel: the channel.
    """
    return f"{call.base}/v1/Interactions/{channel.interaction_sid}/Channels/{channel.sid}"


def _show_channel(call: Call, channel: Channel) -> dict[str, Any]:
    url = channel_url(call, channel)
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


def _list_channels(call: Call) -> Answer:
    rows = [call.world.channels[_found(call).channel_sid]]
    return page_of(call, "channels", rows, lambda row: _show_channel(call, row))


def _fetch_channel(call: Call) -> Answer:
    return Answer(_show_channel(call, one_channel(call)))


def _update_channel(call: Call) -> Answer:
    channel = one_channel(call)
    interaction_channels.update(call.world, channel, call.form)
    return Answer(_show_channel(call, channel))


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
