"""The rules of who takes part in an interaction channel: invites, and agents who leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules import interaction_channels, interactions, participants, tasks
from airflow_provider_flexout.sandbox.rules.interaction_request import read_object, read_routing
from airflow_provider_flexout.sandbox.state.records import ChannelParticipantRecord, InviteRecord
from airflow_provider_flexout.sandbox.webhooks.interaction_events import notify_channel_participant
from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.records import ChannelRecord, TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["add_participant", "invite", "leave", "update_participant"]


def invite(store: Store, channel: ChannelRecord, form: Mapping[str, Any]) -> InviteRecord:
    """Invite an agent, or whoever a workflow finds: a second task for the same conversation.

    Nothing of the first task's attributes is carried over.

    :param store: the sandbox's state.
    :param channel: the channel.
    :param form: Twilio's form fields.
    """
    _require_open(channel)
    routing = read_routing(store, form["Routing"], "api")
    added = InviteRecord(store.sids.new("KG"), store.sids.new("WT"))
    attributes = interactions.task_attributes(channel, routing.attributes, added.sid)
    task = interactions.new_task(store, channel, routing, added.task_sid, attributes)
    channel.invites.append(added)
    interactions.keep_task(store, task, attributes)
    store.clock.schedule(0, "offer_task", task.sid)
    return added


def add_participant(
    store: Store, channel: ChannelRecord, form: Mapping[str, Any]
) -> ChannelParticipantRecord:
    """Add somebody who is no agent.

    :param store: the sandbox's state.
    :param channel: the channel.
    :param form: Twilio's form fields.
    """
    _require_open(channel)
    kind = form["Type"]
    media = read_object("MediaProperties", form["MediaProperties"])
    if "RoutingProperties" in form:
        read_object("RoutingProperties", form["RoutingProperties"])
    if kind in {"agent", "supervisor"}:
        raise _invalid(f"a participant of type {kind} joins by an invite")
    known = {"identity", "address", "proxy_address", "level", "name"}
    given = {name: value for name, value in media.items() if name in known}
    conversation = store.conversations.get(channel.conversation_sid)
    if not given or conversation is None:
        raise _invalid("MediaProperties names nobody")
    if "address" in given:
        given["kind"] = channel.kind
    participants.add(store, conversation, **given)
    added = ChannelParticipantRecord(store.sids.new("UT"), kind)
    channel.participants.append(added)
    notify_channel_participant(store, "onParticipantJoined", channel, added)
    return added


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
    _require_open(channel)
    interaction_channels.remove_agent(store, channel, row)
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
    channel = store.channels[task.channel_sid]
    others = [one for one in interaction_channels.channel_tasks(store, channel) if one is not task]
    if not any(one.status in {"pending", "reserved", "assigned"} for one in others):
        interaction_channels.close(store, channel)
        return
    for row in [row for row in channel.participants if row.task_sid == task.sid]:
        interaction_channels.remove_agent(store, channel, row)


def _require_open(channel: ChannelRecord) -> None:
    if channel.status in {"closed", "failed"}:
        raise ApiError(400, 80906, f"Interaction Not Open: Channel {channel.sid} is {channel.status}")


def _invalid(reason: str) -> ApiError:
    return ApiError(400, 45367, f"Failed to add Participant. Invalid request parameters: {reason}")
