"""The message that a follow-up awaits a reply to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import conversation_exists
from airflow_provider_flexout.outreach.inbox.customers import is_inbound, list_customers
from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.outreach.waiters.reply import reply_waiter
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.follow_up.cadence import Cadence
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True)
class Anchor:
    """The message after which a customer's counts as a reply.

    :param after: its index; -1 stands before all.
    :param asked_at: when it was sent, in seconds since 1970.
    """

    after: int
    asked_at: float


def find_anchor(cadence: Cadence, after: str | int | None = None) -> Procedure[Anchor]:
    """Find the message that waits for a reply.

    It is the newest one that this provider sent before the steps. If there is none, it is the newest one
    before the steps that is not the customer's. A message that an agent writes in the meantime does not hide
    an earlier reply.

    :param cadence: the follow-up.
    :param after: that message's SID or index, where it is known.
    :raises ConversationEnded: when there is no such conversation.
    :raises InvalidInput: when there is no such message.
    """
    sid = cadence.conversation_sid
    with conversation_exists(sid):
        if after is not None:
            waiter = yield from reply_waiter(sid, after)
            index, asked_at = waiter.after, waiter.asked_at
        else:
            message = yield from _find_message(cadence)
            index = (message.index or 0) if message else -1
            asked_at = message.date_created.timestamp() if message and message.date_created else None
        if asked_at is None:
            conversation = yield fetch_conversation(sid)
            asked_at = conversation.date_created.timestamp()
    return Anchor(index, asked_at)


def _find_message(cadence: Cadence) -> Procedure[Message | None]:
    customers = {one.sid for one in (yield from list_customers(cadence.conversation_sid, cadence.levels))}
    keys = cadence.keys
    newest = yield from read_back(
        cadence.conversation_sid, lambda one: _key_of(one) is not None and _key_of(one) not in keys
    )
    if newest.reached:
        return newest.reached
    before_steps: Message | None = None
    for message in newest.messages:
        if _key_of(message) is not None:
            before_steps = None  # what stands after a step is not what the steps follow up
        elif before_steps is None and not is_inbound(message, customers):
            before_steps = message
    return before_steps


def _key_of(message: Message) -> str | None:
    return durable.attribute_key(message.attribute_object)
