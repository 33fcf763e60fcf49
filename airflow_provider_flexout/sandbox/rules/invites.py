"""The rules of inviting somebody into an interaction channel, adding them to it, or handing it over.

Twilio's documents say of a transfer's request only that it is JSON. Its fields are those that Twilio's own
front end sends: ``@twilio/flex-ui`` 2.17.1 and ``@twilio/flex-sdk`` 3.0.0, on npm. Twilio's page says that
transfers are cold, of messages and not of emails, to an agent or a queue, and that the next agent of the
workflow gets what the named one does not take:

https://www.twilio.com/docs/flex/admin-guide/setup/conversations/messaging-transfers

Inferred: that the new task takes the attributes of the old one over, and ``transfer_sid``, which the front
end reads; that the transferring agent leaves at once and their task goes to wrap-up; and that the transfer is
``completed`` then, as in the documents' example.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.rules import participants
from airflow_provider_flexout.sandbox.rules.interaction_request import (
    RoutingRequest,
    read_object,
    read_routing,
)
from airflow_provider_flexout.sandbox.rules.preconditions import require_open_channel
from airflow_provider_flexout.sandbox.rules.taskrouter import tasks, workflows
from airflow_provider_flexout.sandbox.state.channel_types import CHANNEL_TYPES
from airflow_provider_flexout.sandbox.state.records import (
    ChannelParticipantRecord,
    InviteRecord,
    TransferRecord,
)
from airflow_provider_flexout.sandbox.webhooks.interaction_events import notify_channel_participant
from airflow_provider_flexout.sandbox.wire.http import ApiError
from airflow_provider_flexout.sandbox.wire.parameters import invalid_parameter, is_one_line
from airflow_provider_flexout.sandbox.wire.sids import is_sid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.records import ChannelRecord, TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["add_participant", "invite", "transfer"]

_TRANSFER: Final = ("from", "to", "type", "noteSid", "summarySid")
_TYPES: Final = ("cold", "warm", "external")


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
    return _add_invite(store, channel, routing)


def _add_invite(
    store: Store, channel: ChannelRecord, routing: RoutingRequest, *, first_choice: str | None = None
) -> InviteRecord:
    """Make the task of an invite, and offer it.

    :param store: the sandbox's state.
    :param channel: the channel.
    :param routing: whom, and how.
    :param first_choice: the SID of a worker to whom the task goes first, and then on through its workflow.
    """
    added = InviteRecord(store.sids.new("KG"), store.sids.new("WT"))
    attributes = tasks.attributes_of_invite(channel, routing.attributes, added.sid)
    task = tasks.new(store, channel, routing, added.task_sid, attributes)
    workflows.route(store, task, attributes, first_choice=first_choice)
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
        raise _invalid(f"MediaProperties can't hold {', '.join(unknown) or 'a value that is not a text'}")
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


def transfer(store: Store, channel: ChannelRecord, given: Mapping[str, Any]) -> TransferRecord:
    """Hand a conversation over by a task for the one who gets it. The agent who had it must still leave.

    :param store: the sandbox's state.
    :param channel: the channel.
    :param given: the JSON of the request.
    """
    require_open_channel(channel)
    _check_transfer(given)
    if CHANNEL_TYPES[channel.kind].is_email:
        raise invalid_parameter("type", "Flex does not transfer emails")
    agent, task = _agent_with_task(store, channel, given["from"])
    queue_sid = _queue(store, given["to"])
    made = TransferRecord(
        store.sids.new("UX"),
        store.sids.new("QW"),
        store.clock.time(),
        agent.sid,
        given["to"],
        given.get("noteSid"),
        given.get("summarySid"),
    )
    attributes = json.loads(task.attributes) | {"transfer_sid": made.sid}
    routing = RoutingRequest(
        task.workflow_sid,
        queue_sid,
        None,
        task.task_channel_sid,
        task.priority,
        task.timeout,
        attributes,
    )
    first_choice = made.to if queue_sid is None else None
    _add_invite(store, channel, routing, first_choice=first_choice)
    channel.transfers.append(made)
    return made


def _check_transfer(given: Mapping[str, Any]) -> None:
    unknown = sorted(given.keys() - set(_TRANSFER))
    if unknown:
        raise invalid_parameter(unknown[0], f"a transfer has {', '.join(_TRANSFER)} and nothing else")
    for name in ("from", "to", "type"):
        if given.get(name) is None:
            raise ApiError(400, 20001, f"Missing required parameter {name} in the request")
    for name, prefix in (("from", "UT"), ("noteSid", "KQ"), ("summarySid", "KQ")):
        if given.get(name) is not None and not is_sid(given[name], prefix):
            raise invalid_parameter(name, f"not a SID of the form {prefix} and 32 hexadecimal digits")
    if given["type"] not in _TYPES:
        raise invalid_parameter("type", f"not one of {', '.join(_TYPES)}")
    if given["type"] != "cold":
        raise ApiError(501, 20501, f"The sandbox has only cold transfers, and this one is {given['type']}")


def _agent_with_task(
    store: Store, channel: ChannelRecord, sid: str
) -> tuple[ChannelParticipantRecord, TaskRecord]:
    for row in channel.participants:
        if row.sid == sid and row.kind == "agent":
            task = store.tasks.get(row.task_sid or "")
            if task is not None and task.status == "assigned":
                return row, task
    raise invalid_parameter("from", f"{sid} is not an agent in this channel who has its task")


def _queue(store: Store, to: object) -> str | None:
    """Return the queue that a transfer goes to directly; None if it goes to a worker first."""
    if isinstance(to, str) and to in store.workspace.queues:
        return to
    if isinstance(to, str) and to in store.workspace.workers:
        return None
    raise invalid_parameter("to", f"{to!r} is neither a worker (WK…) nor a queue (WQ…) of the workspace")


def _invalid(reason: str) -> ApiError:
    return ApiError(400, 45367, f"Failed to add Participant. Invalid request parameters: {reason}")
