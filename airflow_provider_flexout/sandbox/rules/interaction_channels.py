"""The rules of interaction channels: how one begins, and how its end ends conversation and task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules import conversations, participants, tasks
from airflow_provider_flexout.sandbox.rules.interaction_request import read_object
from airflow_provider_flexout.sandbox.webhooks.interaction_events import (
    about_channel,
    about_channel_participant,
)
from airflow_provider_flexout.sandbox.wire.http import TwilioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.records import Channel, ChannelParticipant, Task
    from airflow_provider_flexout.sandbox.state.store import World

__all__ = ["channel_tasks", "close", "fail", "leave", "ready", "update", "wake"]


def ready(world: World, sid: str) -> None:
    """Set a channel up.

    :param world: the sandbox's state.
    :param sid: the channel.
    """
    channel = world.channels[sid]
    if channel.status == "setup":
        about_channel(world, "onChannelCreated", channel)
        _set_status(world, channel, "active")
        for each in channel.participants:
            about_channel_participant(world, "onParticipantJoined", channel, each)


def fail(world: World, sid: str, task_sid: str, code: int) -> None:
    """Let the set-up of a channel fail; its task is canceled, its conversation stays as it is.

    :param world: the sandbox's state.
    :param sid: the channel.
    :param task_sid: its task.
    :param code: Twilio's error code.
    """
    channel = world.channels[sid]
    channel.error_code, channel.error_message = code, "Failed to create outbound channel"
    _set_status(world, channel, "failed")
    told = {"ErrorCode": code, "ErrorMessage": channel.error_message}
    about_channel(world, "onChannelCreateFailed", channel, **told)
    task = world.tasks.get(task_sid)
    if task is not None and task.status in {"pending", "reserved"}:
        tasks.end(world, task, "canceled", "Channel set-up failed")


def _set_status(world: World, channel: Channel, status: str) -> None:
    channel.status = status
    world.events.add(
        "channel", channel.conversation_sid, sid=channel.sid, status=status, code=channel.error_code
    )
    if status in {"active", "closed"}:
        about_channel(world, "onChannelStatusUpdated", channel, ChannelStatus=status)


def channel_tasks(world: World, channel: Channel) -> list[Task]:
    """Return a channel's tasks that still exist.

    :param world: the sandbox's state.
    :param channel: the channel.
    """
    found = (world.tasks.get(invite.task_sid) for invite in channel.invites)
    return [task for task in found if task is not None]


def update(world: World, channel: Channel, form: Mapping[str, Any]) -> None:
    """Close a channel, or park it.

    :param world: the sandbox's state.
    :param channel: the channel.
    :param form: Twilio's form fields.
    """
    status = form.get("Status")
    if not status:
        raise TwilioError(400, 45358, "Failed to close Channel. Status is missing")
    if status not in {"closed", "inactive"}:
        raise TwilioError(400, 45359, f"Failed to close Channel. Invalid status {status!r}")
    completes = _completes(form.get("Routing"))
    if status == "inactive" and not completes:
        raise TwilioError(400, 20001, 'Status inactive needs Routing {"status":"closed"}')
    if channel.status in {"closed", "failed"} or (status, channel.status) == ("inactive", "inactive"):
        if world.settings.close_twice == "refuse":
            raise TwilioError(400, 80906, f"Interaction Not Open: Channel {channel.sid} is {channel.status}")
        return
    if status == "closed":
        close(world, channel)
    else:
        _set_status(world, channel, "inactive")
        _agents_leave(world, channel)
    for task in channel_tasks(world, channel):
        _end_task(world, task, completes=completes)


def _completes(routing: str | None) -> bool:
    if routing is None:
        return False
    if read_object("Routing", routing) != {"status": "closed"}:
        raise TwilioError(400, 20001, 'Invalid parameter Routing: only {"status":"closed"} is possible')
    return True


def _end_task(world: World, task: Task, *, completes: bool) -> None:
    if task.status in {"pending", "reserved"}:
        if world.settings.unaccepted_task == "cancel":
            tasks.end(world, task, "canceled", "Channel closed")
    elif completes and task.status in {"assigned", "wrapping"}:
        tasks.end(world, task, "completed", "Channel closed")
    elif task.status == "assigned":
        tasks.set_status(world, task, "wrapping")


def close(world: World, channel: Channel) -> None:
    """Close a channel and its conversation.

    :param world: the sandbox's state.
    :param channel: the channel.
    """
    if channel.status not in {"failed", "closed"}:
        _set_status(world, channel, "closed")
    conversation = world.conversations.get(channel.conversation_sid)
    if conversation is not None:
        conversations.close(world, conversation)


def _agents_leave(world: World, channel: Channel) -> None:
    for each in [each for each in channel.participants if each.kind == "agent"]:
        leave(world, channel, each)


def leave(world: World, channel: Channel, agent: ChannelParticipant) -> None:
    """Take an agent out of a channel and its conversation.

    :param world: the sandbox's state.
    :param channel: the channel.
    :param agent: the agent.
    """
    channel.participants.remove(agent)
    about_channel_participant(world, "onParticipantLeft", channel, agent)
    conversation = world.conversations.get(channel.conversation_sid)
    worker = world.center.workers.get(agent.worker_sid or "")
    found = participants.find(conversation, worker.name) if conversation and worker else None
    if conversation is not None and found is not None:
        conversations.remove_participant(world, conversation, found)


def wake(world: World, channel: Channel) -> None:
    """Make a parked channel active again, now that an agent has joined.

    :param world: the sandbox's state.
    :param channel: the channel.
    """
    if channel.status == "inactive":
        _set_status(world, channel, "active")
