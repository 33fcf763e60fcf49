"""How a follow-up stands, as far as Twilio knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.policies.consent import opted_out_in
from airflow_provider_flexout.outreach.waiters.reply import customers_of
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, list_participants
from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.api.tasks import fetch_task, list_tasks
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.pagination import next_page, read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.follow_up.anchor import Anchor
    from airflow_provider_flexout.outreach.follow_up.cadence import Cadence
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.api.messages import Message, MessagePage
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

_LIVE = ("pending", "reserved", "assigned")


@dataclass(frozen=True, slots=True)
class FollowUpState:
    """What has happened so far.

    :param step: how many steps were said.
    :param message_sids: their messages, ``IM…``.
    :param due: when the next step is due, or the wait for an answer to the last one is over.
    :param newest: when the last of our messages was said.
    :param outcome: ``replied``, ``closed`` or ``opted_out``; ``None`` while it goes on.
    :param reply_sids: the customer's messages since the beginning, ``IM…``.
    :param time_to_reply: seconds from our last message before the first of them.
    """

    step: int
    message_sids: tuple[str, ...]
    due: datetime
    newest: datetime
    outcome: str | None = None
    reply_sids: tuple[str, ...] = ()
    time_to_reply: float | None = None


def look(cadence: Cadence, anchor: Anchor, workspace_sid: str | None) -> Procedure[FollowUpState]:
    """Look how a follow-up stands.

    :param cadence: the follow-up.
    :param anchor: what it waits for an answer to.
    :param workspace_sid: ``WS…``, where the conversation's task is looked at too.
    """
    sid = cadence.conversation_sid
    try:
        # What was written before the end is found after it, so the end is looked at first.
        ended = yield from _has_ended((yield fetch_conversation(sid)), workspace_sid)
        everybody = yield from read_pages(list_participants(sid))
        messages = yield from _since(sid, anchor.after)
    except NotFound:
        nobody = datetime.fromtimestamp(anchor.asked_at, timezone.utc)
        return FollowUpState(0, (), due=nobody, newest=nobody, outcome="closed")
    customers = [one.sid for one in customers_of(everybody)]
    state = _read(cadence, anchor, messages, set(customers))
    for customer in customers:
        if (yield from opted_out_in(reversed(messages), customer)):
            return replace(state, outcome="opted_out")
    if state.reply_sids:
        return replace(state, outcome="replied")
    return replace(state, outcome="closed") if ended else state


def _since(conversation_sid: str, after: int) -> Procedure[list[Message]]:
    """Read the messages from the one that waits for an answer on, oldest first."""
    found: list[Message] = []
    call: Call[MessagePage] | None = list_messages(conversation_sid, order="desc")
    while call is not None:
        page = yield call
        found += [one for one in page.items if (one.index or 0) >= after]
        complete = len(found) < len(page.items) or (found and (found[-1].index or 0) <= after)
        call = None if complete else next_page(call, page)
    return found[::-1]


def _read(cadence: Cadence, anchor: Anchor, messages: list[Message], customers: set[str]) -> FollowUpState:
    numbers = cadence.keys
    newest, asked_at, step = anchor.asked_at, anchor.asked_at, 0
    said: list[str] = []
    replies: list[Message] = []
    for message in messages:
        number = numbers.get(message.attribute_object.get(durable.KEY_ATTRIBUTE, ""))
        at = message.date_created.timestamp() if message.date_created else newest
        if number is not None:
            step, newest = max(step, number + 1), at
            said.append(message.sid)
            asked_at = asked_at if replies else at
        elif message.participant_sid in customers and (message.index or 0) > anchor.after:
            replies.append(message)
    wait = cadence.steps[step].after if step < len(cadence.steps) else cadence.last_wait
    first = replies[0].date_created if replies else None
    return FollowUpState(
        step,
        tuple(said),
        due=datetime.fromtimestamp(newest, timezone.utc) + wait,
        newest=datetime.fromtimestamp(newest, timezone.utc),
        reply_sids=tuple(one.sid for one in replies),
        time_to_reply=first.timestamp() - asked_at if first else None,
    )


def _has_ended(conversation: Conversation, workspace_sid: str | None) -> Procedure[bool]:
    """Say whether the conversation is closed, or no agent is there for it any more."""
    if conversation.state == "closed":
        return True
    mark = OutreachRecord.read(conversation.attribute_object)
    task_sid = (mark.sids or {}).get("task_sid") if mark else None
    if not (task_sid and workspace_sid):
        return False
    try:
        task = yield fetch_task(workspace_sid, task_sid)
    except NotFound:
        pass
    else:
        if task.assignment_status in _LIVE:
            return False
    # A conversation that was transferred has another task.
    others = yield list_tasks(workspace_sid, attributes_match=f'conversationSid == "{conversation.sid}"')
    return not any(one.assignment_status in _LIVE for one in others.items)
