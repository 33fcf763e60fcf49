"""The rules of interaction channels: set-up, closing, and agents who leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules import conversations, participants
from airflow_provider_flexout.sandbox.rules.interaction_request import read_object
from airflow_provider_flexout.sandbox.rules.preconditions import not_open, require_open_channel
from airflow_provider_flexout.sandbox.rules.taskrouter import tasks
from airflow_provider_flexout.sandbox.state.records import ChannelParticipantRecord
from airflow_provider_flexout.sandbox.webhooks.interaction_events import (
    notify_channel,
    notify_channel_participant,
)
from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.records import ChannelRecord, TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workspace import WorkerRecord

__all__ = ["activate", "close", "fail_setup", "join", "leave", "update", "update_participant"]


def activate(store: Store, sid: str) -> None:
    """Set a channel up.

    :param store: the sandbox's state.
    :param sid: the channel.
    """
    channel = store.channels[sid]
    if channel.status == "setup":
        notify_channel(store.webhooks, "onChannelCreated", channel)
        _set_status(store, channel, "active")
        for each in channel.participants:
            notify_channel_participant(store.webhooks, "onParticipantJoined", channel, each)


def fail_setup(store: Store, sid: str, task_sid: str, code: int) -> None:
    """Let the set-up of a channel fail; its task is canceled, its conversation stays as it is.

    :param store: the sandbox's state.
    :param sid: the channel.
    :param task_sid: its task.
    :param code: Twilio's error code.
    """
    channel = store.channels[sid]
    channel.error_code, channel.error_message = code, "Failed to create outbound channel"
    _set_status(store, channel, "failed")
    params = {"ErrorCode": code, "ErrorMessage": channel.error_message}
    notify_channel(store.webhooks, "onChannelCreateFailed", channel, **params)
    task = store.tasks.get(task_sid)
    if task is not None and task.status in {"pending", "reserved"}:
        tasks.end(store, task, "canceled", "Channel set-up failed")


def _set_status(store: Store, channel: ChannelRecord, status: str) -> None:
    channel.status = status
    store.events.add(
        "channel", channel.conversation_sid, sid=channel.sid, status=status, code=channel.error_code
    )
    if status in {"active", "closed"}:
        notify_channel(store.webhooks, "onChannelStatusUpdated", channel, ChannelStatus=status)


def update(store: Store, channel: ChannelRecord, form: Mapping[str, Any]) -> None:
    """Close a channel, or park it.

    :param store: the sandbox's state.
    :param channel: the channel.
    :param form: Twilio's form fields.
    """
    status = form.get("Status")
    if not status:
        raise ApiError(400, 45358, "Failed to close Channel. Status is missing")
    if status not in {"closed", "inactive"}:
        raise ApiError(400, 45359, f"Failed to close Channel. Invalid status {status!r}")
    completes = _completes(form.get("Routing"))
    if status == "inactive" and not completes:
        raise ApiError(400, 20001, 'Status inactive needs Routing {"status":"closed"}')
    if channel.status in {"closed", "failed"} or (status, channel.status) == ("inactive", "inactive"):
        if store.settings.close_twice == "refuse":
            raise not_open(channel)
        return
    if status == "closed":
        close(store, channel)
    else:
        _set_status(store, channel, "inactive")
        _remove_agents(store, channel)
    for task in store.tasks_of(channel):
        _end_task(store, task, completes=completes)


def _completes(routing: str | None) -> bool:
    if routing is None:
        return False
    if read_object("Routing", routing) != {"status": "closed"}:
        raise ApiError(400, 20001, 'Invalid parameter Routing: only {"status":"closed"} is possible')
    return True


def _end_task(store: Store, task: TaskRecord, *, completes: bool) -> None:
    if task.status in {"pending", "reserved"}:
        if store.settings.unaccepted_task == "cancel":
            tasks.end(store, task, "canceled", "Channel closed")
    elif completes and task.status in {"assigned", "wrapping"}:
        tasks.end(store, task, "completed", "Channel closed")
    elif task.status == "assigned":
        tasks.set_status(store, task, "wrapping")


def close(store: Store, channel: ChannelRecord) -> None:
    """Close a channel and its conversation.

    :param store: the sandbox's state.
    :param channel: the channel.
    """
    if channel.status not in {"failed", "closed"}:
        _set_status(store, channel, "closed")
    conversation = store.conversations.get(channel.conversation_sid)
    if conversation is not None:
        conversations.close(store, conversation)


def _remove_agents(store: Store, channel: ChannelRecord) -> None:
    for each in [each for each in channel.participants if each.kind == "agent"]:
        _remove_agent(store, channel, each)


def _remove_agent(store: Store, channel: ChannelRecord, agent: ChannelParticipantRecord) -> None:
    """Take an agent out of a channel and its conversation.

    :param store: the sandbox's state.
    :param channel: the channel.
    :param agent: the agent.
    """
    channel.participants.remove(agent)
    notify_channel_participant(store.webhooks, "onParticipantLeft", channel, agent)
    conversation = store.conversations.get(channel.conversation_sid)
    worker = store.workspace.workers.get(agent.worker_sid or "")
    found = participants.find(conversation, worker.name) if conversation and worker else None
    if conversation is not None and found is not None:
        participants.remove(store, conversation, found)


def join(store: Store, task: TaskRecord) -> None:
    """Let the worker for whom a task is reserved take it, and join its conversation.

    A parked channel becomes active again. What the agent then says, and when they finish, is in their script.

    :param store: the sandbox's state.
    :param task: the task.
    """
    worker = store.workspace.workers[task.reserved_by or ""]
    tasks.set_status(store, task, "assigned")
    channel = store.channels.get(task.channel_sid)
    if channel is not None:
        if channel.status == "inactive":
            _set_status(store, channel, "active")
        _add_agent(store, channel, task, worker)
    finish = store.scripts.finish(worker.sid)
    if finish.finish_after is not None:
        store.clock.schedule(finish.finish_after, "agent_leaves", task.sid, finish.outcome)
        store.clock.schedule(finish.finish_after + finish.wrap_up, "agent_completes", task.sid)


def _add_agent(store: Store, channel: ChannelRecord, task: TaskRecord, worker: WorkerRecord) -> None:
    agent = ChannelParticipantRecord(
        store.sids.new("UT"), "agent", worker.sid, task.sid, task.reservation_sid
    )
    channel.participants.append(agent)
    notify_channel_participant(store.webhooks, "onParticipantJoined", channel, agent)
    conversation = store.conversations.get(task.conversation_sid)
    if conversation is None or conversation.state == "closed":
        return
    conversation.agents.add(worker.name)
    if participants.find(conversation, worker.name) is None:
        participants.add(
            store,
            conversation,
            identity=worker.name,
            kind="email" if channel.email_from is not None else None,
            projected_address=channel.email_from,
            name=channel.email_from_name,
        )
    for text, after in store.scripts.messages(worker.sid):
        store.clock.schedule(after, "agent_says", conversation.sid, worker.name, text)


def update_participant(
    store: Store, channel: ChannelRecord, row: ChannelParticipantRecord, status: str
) -> None:
    """Let an agent leave; the conversation stays open, with nobody in it if they were the last.

    :param store: the sandbox's state.
    :param channel: the channel.
    :param row: the participant.
    :param status: ``closed`` completes the agent's task, ``wrapup`` leaves them their wrap-up.
    """
    if row.kind != "agent":
        raise ApiError(400, 20001, f"Invalid parameter Status: only agents leave, this is a {row.kind}")
    require_open_channel(channel)
    _remove_agent(store, channel, row)
    task = store.tasks.get(row.task_sid or "")
    if task is None or task.status in tasks.ENDED:
        return
    if status == "closed":
        tasks.end(store, task, "completed", None)
    elif task.status == "assigned":
        tasks.set_status(store, task, "wrapping")


def leave(store: Store, task: TaskRecord) -> None:
    """Let an agent end the conversation, or only leave it when others are in it or on their way.

    :param store: the sandbox's state.
    :param task: the agent's task, which is wrapping by now.
    """
    channel = store.channels.get(task.channel_sid)
    if channel is None:
        return
    others = [one for one in store.tasks_of(channel) if one is not task]
    if not any(one.status in {"pending", "reserved", "assigned"} for one in others):
        close(store, channel)
        return
    for row in [row for row in channel.participants if row.task_sid == task.sid]:
        _remove_agent(store, channel, row)
