"""The state of a follow-up, as far as Twilio knows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.inbox.customers import is_inbound, list_customers
from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.listener import LIVE, has_live_task
from airflow_provider_flexout.outreach.policies.consent import opted_out_in
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.errors import NotFound

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.follow_up.anchor import Anchor
    from airflow_provider_flexout.outreach.follow_up.cadence import Cadence
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True)
class FollowUpState:
    """What has happened so far.

    :param step: how many steps were sent.
    :param message_sids: their messages, ``IM…``.
    :param due: when the next step is due, or the wait for a reply to the last one is over.
    :param read_at: when this was read, by Twilio's clock, by which the messages are dated too.
    :param outcome: ``replied``, ``closed`` or ``opted_out``; ``None`` while the follow-up goes on.
    :param reply_sids: the customer's messages since the anchor, ``IM…``.
    :param time_to_reply: the seconds from our last message before the first of them.
    :param conversation: the conversation; ``None`` where there is none.
    """

    step: int
    message_sids: tuple[str, ...]
    due: datetime
    read_at: datetime = field(compare=False)
    outcome: str | None = None
    reply_sids: tuple[str, ...] = ()
    time_to_reply: float | None = None
    conversation: Conversation | None = field(default=None, compare=False, repr=False)


def read_state(cadence: Cadence, anchor: Anchor, workspace_sid: str | None) -> Procedure[FollowUpState]:
    """Read the state of a follow-up.

    :param cadence: the follow-up.
    :param anchor: the message to which it waits for a reply.
    :param workspace_sid: ``WS…``, where the conversation's task is looked at too.
    """
    sid = cadence.conversation_sid
    try:
        # Read the end first: a message from before it is then found by the reads that follow.
        conversation = yield fetch_conversation(sid)
        read_at = conversation.served_at or datetime.now(timezone.utc)
        ended = yield from _has_ended(conversation, workspace_sid)
        customers = yield from list_customers(sid, cadence.levels)
        messages = yield from _messages_since(sid, anchor.after)
    except NotFound:
        asked_at = datetime.fromtimestamp(anchor.asked_at, timezone.utc)
        return FollowUpState(0, (), due=asked_at, read_at=asked_at, outcome="closed")
    state = _state_from(cadence, anchor, messages, {one.sid for one in customers}, read_at)
    state = replace(state, conversation=conversation)
    for one in customers:
        channel = channel_of((one.messaging_binding or {}).get("address") or "")
        if (yield from opted_out_in(reversed(messages), one.sid, channel)):
            return replace(state, outcome="opted_out")
    if state.reply_sids:
        return replace(state, outcome="replied")
    return replace(state, outcome="closed") if ended else state


def _messages_since(conversation_sid: str, index: int) -> Procedure[list[Message]]:
    """Read the messages from the one with an index on, the oldest first."""
    newest = yield from read_back(conversation_sid, lambda one: (one.index or 0) <= index)
    at_index = [newest.reached] if newest.reached and (newest.reached.index or 0) == index else []
    return [*at_index, *reversed(newest.messages)]


def _state_from(
    cadence: Cadence, anchor: Anchor, messages: list[Message], customers: set[str], read_at: datetime
) -> FollowUpState:
    numbers = cadence.keys
    newest, asked_at, step = anchor.asked_at, anchor.asked_at, 0
    sent: list[str] = []
    replies: list[Message] = []
    for message in messages:
        number = numbers.get(durable.attribute_key(message.attribute_object) or "")
        at = message.date_created.timestamp() if message.date_created else newest
        if number is not None:
            step, newest = max(step, number + 1), at
            sent.append(message.sid)
            asked_at = asked_at if replies else at
        elif is_inbound(message, customers) and (message.index or 0) > anchor.after:
            replies.append(message)
    wait = cadence.steps[step].after if step < len(cadence.steps) else cadence.last_wait
    first = replies[0].date_created if replies else None
    return FollowUpState(
        step,
        tuple(sent),
        due=datetime.fromtimestamp(newest, timezone.utc) + wait,
        read_at=read_at,
        reply_sids=tuple(one.sid for one in replies),
        time_to_reply=first.timestamp() - asked_at if first else None,
    )


def _has_ended(conversation: Conversation, workspace_sid: str | None) -> Procedure[bool]:
    """Say whether the conversation is closed, or no agent is there for it any more."""
    if conversation.state == "closed":
        return True
    record = OutreachRecord.read(conversation.attribute_object)
    task_sid = (record.sids or {}).get("task_sid") if record else None
    if not (task_sid and workspace_sid):
        return False
    try:
        task = yield fetch_task(workspace_sid, task_sid)
    except NotFound:
        pass
    else:
        if task.assignment_status in LIVE:
            return False
    # A conversation that was transferred has another task.
    return not (yield from has_live_task(workspace_sid, conversation.sid))
