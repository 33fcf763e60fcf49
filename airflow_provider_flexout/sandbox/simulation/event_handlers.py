"""What people do when their moment comes: the handlers of the clock's events."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from airflow_provider_flexout.sandbox.rules import (
    conversations,
    interaction_channels,
    invites,
    messages,
    participants,
    reservations,
    tasks,
)
from airflow_provider_flexout.sandbox.state.records import ChannelParticipant
from airflow_provider_flexout.sandbox.webhooks.interaction_events import about_channel_participant
from airflow_provider_flexout.sandbox.wire.http import TwilioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.sandbox.state.store import World

__all__ = ["install"]


def install(world: World) -> None:
    """Tell the clock who plays which kind of event.

    :param world: the sandbox's state.
    """
    handlers: dict[str, Callable[..., None]] = {
        "agent_accepts": _agent_accepts,
        "agent_declines": reservations.decline,
        "agent_misses": reservations.let_ring,
        "agent_says": _agent_says,
        "agent_hangs_up": _agent_hangs_up,
        "agent_completes": _agent_completes,
        "channel_ready": interaction_channels.ready,
        "channel_fails": interaction_channels.fail,
        "conversation_timer": conversations.play_timers,
        "customer_closes": _customer_closes,
        "customer_says": _customer_says,
        "expire_task": tasks.expire,
        "offer_task": reservations.offer,
        "offer_waiting": reservations.offer_waiting,
        "receipt": messages.play_receipt,
        "release_pair": conversations.release_pair,
        "time_out_task": tasks.time_out,
    }
    world.clock.handlers = {kind: partial(handler, world) for kind, handler in handlers.items()}


def _agent_accepts(world: World, sid: str, reservation_sid: str) -> None:
    task = reservations.reserved(world, sid, reservation_sid)
    if task is None:
        return
    worker = world.center.workers[task.reserved_by or ""]
    tasks.set_status(world, task, "assigned")
    channel = world.channels[task.channel_sid]
    interaction_channels.wake(world, channel)
    agent = ChannelParticipant(world.sids.new("UT"), "agent", worker.sid, task.sid, reservation_sid)
    channel.participants.append(agent)
    about_channel_participant(world, "onParticipantJoined", channel, agent)
    conversation = world.conversations.get(task.conversation_sid)
    if conversation is not None and conversation.state != "closed":
        conversation.agents.add(worker.name)
        if participants.find(conversation, worker.name) is None:
            by_email = channel.email_from is not None
            participants.add(
                world,
                conversation,
                identity=worker.name,
                kind="email" if by_email else None,
                projected_address=channel.email_from,
                name=channel.email_from_name,
            )
        for text, after in world.people.lines(worker.sid):
            world.clock.after(after, "agent_says", conversation.sid, worker.name, text)
    finish = world.people.finish(worker.sid)
    if finish.finish_after is not None:
        world.clock.after(finish.finish_after, "agent_hangs_up", task.sid, finish.outcome)
        world.clock.after(finish.finish_after + finish.wrap_up, "agent_completes", task.sid)


def _agent_says(world: World, conversation_sid: str, identity: str, text: str) -> None:
    conversation = world.conversations.get(conversation_sid)
    if conversation is not None and conversation.state != "closed":
        messages.add(world, conversation, {"Author": identity, "Body": text})


def _agent_hangs_up(world: World, sid: str, outcome: object) -> None:
    task = world.tasks.get(sid)
    if task is None or task.status not in {"assigned", "wrapping"}:
        return
    if outcome is not None:
        with suppress(TwilioError):  # no room left in the attributes: the agent's work ends all the same
            tasks.add_outcome(world, task, outcome)
    if task.status == "assigned":
        tasks.set_status(world, task, "wrapping")
    invites.hang_up(world, task)


def _agent_completes(world: World, sid: str) -> None:
    task = world.tasks.get(sid)
    if task is not None and task.status == "wrapping":
        tasks.end(world, task, "completed", None)


def _customer_says(world: World, conversation_sid: str, participant_sid: str, text: str) -> None:
    conversation = world.conversations.get(conversation_sid)
    if conversation is None or conversation.state == "closed":
        return
    writer = participants.find(conversation, participant_sid)
    if writer is not None:
        author = writer.address or writer.identity
        messages.add(world, conversation, {"Author": author, "Body": text})


def _customer_closes(world: World, conversation_sid: str) -> None:
    conversation = world.conversations.get(conversation_sid)
    if conversation is None or conversation.state == "closed":
        return
    channel = world.channels.get(conversation.channel_sid or "")
    if channel is None:
        conversations.close(world, conversation, "EVENT")
    elif channel.status not in {"closed", "failed"}:
        interaction_channels.update(world, channel, {"Status": "closed"})
