"""Which message a follow-up waits for an answer to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import ConversationEnded
from airflow_provider_flexout.outreach.waiters.reply import customers_of, watch_replies
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, list_participants
from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.pagination import next_page, read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.follow_up.cadence import Cadence
    from airflow_provider_flexout.twilio.api.messages import Message, MessagePage
    from airflow_provider_flexout.twilio.http.call import Call, Procedure


@dataclass(frozen=True, slots=True)
class Anchor:
    """The message after which a customer's counts as a reply.

    :param after: its index; -1 stands before all.
    :param asked_at: when it was said, seconds since 1970.
    """

    after: int
    asked_at: float


def find_anchor(cadence: Cadence, after: str | int | None = None) -> Procedure[Anchor]:
    """Find the message that is waiting for an answer.

    It is the newest one that this provider sent before the steps, else the newest one of anybody's but the
    customer's: what an agent says in the meantime does not make an answer of before it unheard.

    :param cadence: the follow-up.
    :param after: that message's SID or index, where it is known.
    :raises ConversationEnded: when there is no such conversation.
    :raises InvalidInput: when there is no such message.
    """
    sid = cadence.conversation_sid
    try:
        if after is not None:
            watch = yield from watch_replies(sid, after)
            index, asked_at = watch.after, watch.asked_at
        else:
            found = yield from _newest_of_ours(cadence)
            index = (found.index or 0) if found else -1
            asked_at = found.date_created.timestamp() if found and found.date_created else None
        if asked_at is None:
            asked_at = yield from _made_at(sid)
    except NotFound as gone:
        raise ConversationEnded(f"There is no conversation {sid} in this account, or not any more.") from gone
    return Anchor(index, asked_at)


def _newest_of_ours(cadence: Cadence) -> Procedure[Message | None]:
    everybody = yield from read_pages(list_participants(cadence.conversation_sid))
    customers = {one.sid for one in customers_of(everybody)}
    steps = cadence.keys
    before_steps: Message | None = None
    call: Call[MessagePage] | None = list_messages(cadence.conversation_sid, order="desc")
    while call is not None:
        page = yield call
        for message in page.items:
            key = message.attribute_object.get(durable.KEY_ATTRIBUTE)
            if key in steps:
                before_steps = None  # what stands after a step is not what the steps follow up
            elif key:
                found: Message = message
                return found
            elif before_steps is None and message.participant_sid not in customers:
                before_steps = message
        call = next_page(call, page)
    return before_steps


def _made_at(conversation_sid: str) -> Procedure[float]:
    conversation = yield fetch_conversation(conversation_sid)
    return float(conversation.date_created.timestamp())
