"""The rules of who is invited into an interaction channel, or added to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules import participants
from airflow_provider_flexout.sandbox.rules.interaction_request import read_object, read_routing
from airflow_provider_flexout.sandbox.rules.preconditions import require_open_channel
from airflow_provider_flexout.sandbox.rules.taskrouter import tasks, workflows
from airflow_provider_flexout.sandbox.state.records import ChannelParticipantRecord, InviteRecord
from airflow_provider_flexout.sandbox.webhooks.interaction_events import notify_channel_participant
from airflow_provider_flexout.sandbox.wire.http import ApiError
from airflow_provider_flexout.sandbox.wire.parameters import is_one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.records import ChannelRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["add_participant", "invite"]


def invite(store: Store, channel: ChannelRecord, form: Mapping[str, Any]) -> InviteRecord:
    """Invite an agent, or any agent that a workflow finds: a second task for the same conversation.

    Nothing of the first task's attributes is carried over.

    :param store: the sandbox's state.
    :param channel: the channel.
    :param form: Twilio's form fields.
    """
    require_open_channel(channel)
    loose = store.settings.accept_any_routing
    routing = read_routing(form["Routing"], "api", store.workspace, loose=loose)
    added = InviteRecord(store.sids.new("KG"), store.sids.new("WT"))
    attributes = tasks.attributes_of_invite(channel, routing.attributes, added.sid)
    task = tasks.new(store, channel, routing, added.task_sid, attributes)
    workflows.route(store, task, attributes)
    channel.invites.append(added)
    tasks.keep(store, task, attributes)
    store.clock.schedule(0, "offer_task", task.sid)
    return added


def add_participant(
    store: Store, channel: ChannelRecord, form: Mapping[str, Any]
) -> ChannelParticipantRecord:
    """Add somebody who is not an agent.

    :param store: the sandbox's state.
    :param channel: the channel.
    :param form: Twilio's form fields.
    """
    require_open_channel(channel)
    kind = form["Type"]
    media = read_object("MediaProperties", form["MediaProperties"])
    if kind in {"agent", "supervisor"}:
        raise _invalid(f"a participant of type {kind} joins by an invite")
    given = {name: value for name, value in media.items() if name != "type"}  # it is the channel's
    unknown = sorted(given.keys() - {"identity", "address", "proxy_address", "level", "name"})
    if unknown or not all(isinstance(value, str) for value in given.values()):
        raise _invalid(f"MediaProperties holds what it can't hold: {', '.join(unknown) or 'not a text'}")
    conversation = store.conversations.get(channel.conversation_sid)
    if not given or conversation is None:
        raise _invalid("MediaProperties names nobody")
    if not is_one_line(str(given.get("name", ""))):
        raise _invalid("MediaProperties.name holds a line break")
    if "address" in given:
        given["kind"] = channel.kind
    participants.add(store, conversation, **given)
    added = ChannelParticipantRecord(store.sids.new("UT"), kind)
    channel.participants.append(added)
    notify_channel_participant(store.webhooks, "onParticipantJoined", channel, added)
    return added


def _invalid(reason: str) -> ApiError:
    return ApiError(400, 45367, f"Failed to add Participant. Invalid request parameters: {reason}")
