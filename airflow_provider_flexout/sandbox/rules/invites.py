"""The rules of who takes part in an interaction channel: invites, and agents who leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules import interaction_channels, interactions, participants, tasks
from airflow_provider_flexout.sandbox.rules.interaction_request import read_object, read_routing
from airflow_provider_flexout.sandbox.state.records import ChannelParticipant, Invite
from airflow_provider_flexout.sandbox.webhooks.interaction_events import about_channel_participant
from airflow_provider_flexout.sandbox.wire.http import TwilioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.records import Channel, Task
    from airflow_provider_flexout.sandbox.state.store import World

__all__ = ["add_participant", "hang_up", "invite", "update_participant"]


def invite(world: World, channel: Channel, form: Mapping[str, Any]) -> Invite:
    """Invite an agent, or whoever a workflow finds: a second task for the same conversation.

    Nothing of the first task's attributes is carried over.

    :param world: the sandbox's state.
    :param channel: the channel.
    :param form: Twilio's form fields.
    """
    _require_open(channel)
    routing = read_routing(world, form["Routing"], "api")
    added = Invite(world.sids.new("KG"), world.sids.new("WT"))
    attributes = interactions.task_attributes(channel, routing.attributes, added.sid)
    task = interactions.new_task(world, channel, routing, added.task_sid, attributes)
    channel.invites.append(added)
    interactions.keep_task(world, task, attributes)
    world.clock.after(0, "offer_task", task.sid)
    return added


def add_participant(world: World, channel: Channel, form: Mapping[str, Any]) -> ChannelParticipant:
    """Add somebody who is no agent.

    :param world: the sandbox's state.
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
    conversation = world.conversations.get(channel.conversation_sid)
    if not given or conversation is None:
        raise _invalid("MediaProperties names nobody")
    if "address" in given:
        given["kind"] = channel.kind
    participants.add(world, conversation, **given)
    added = ChannelParticipant(world.sids.new("UT"), kind)
    channel.participants.append(added)
    about_channel_participant(world, "onParticipantJoined", channel, added)
    return added


def update_participant(world: World, channel: Channel, row: ChannelParticipant, status: str) -> None:
    """Let an agent leave; the conversation stays open, with nobody in it if they were the last.

    :param world: the sandbox's state.
    :param channel: the channel.
    :param row: the participant.
    :param status: ``closed`` completes the agent's task, ``wrapup`` leaves them their wrap-up.
    """
    if row.kind != "agent":
        raise TwilioError(400, 20001, f"Invalid parameter Status: only agents leave, this is a {row.kind}")
    _require_open(channel)
    interaction_channels.leave(world, channel, row)
    task = world.tasks.get(row.task_sid or "")
    if task is None or task.status in tasks.ENDED:
        return
    if status == "closed":
        tasks.end(world, task, "completed", None)
    elif task.status == "assigned":
        tasks.set_status(world, task, "wrapping")


def hang_up(world: World, task: Task) -> None:
    """Let an agent end the conversation, or only leave it when others are in it or on their way.

    :param world: the sandbox's state.
    :param task: the agent's task, which is wrapping by now.
    """
    channel = world.channels[task.channel_sid]
    others = [one for one in interaction_channels.channel_tasks(world, channel) if one is not task]
    if not any(one.status in {"pending", "reserved", "assigned"} for one in others):
        interaction_channels.close(world, channel)
        return
    for row in [row for row in channel.participants if row.task_sid == task.sid]:
        interaction_channels.leave(world, channel, row)


def _require_open(channel: Channel) -> None:
    if channel.status in {"closed", "failed"}:
        raise TwilioError(400, 80906, f"Interaction Not Open: Channel {channel.sid} is {channel.status}")


def _invalid(reason: str) -> TwilioError:
    return TwilioError(400, 45367, f"Failed to add Participant. Invalid request parameters: {reason}")
