"""The messages of an outreach: who wrote them, whether they arrived, and what they say about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.delivery import FAILURES, status_of
from airflow_provider_flexout.outreach.inbox.customers import is_inbound
from airflow_provider_flexout.twilio.api.messages import list_receipts
from airflow_provider_flexout.twilio.http.codes import OPT_OUT_CODES
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from datetime import datetime

    from airflow_provider_flexout.outreach.channels.base import Channel
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True, repr=False)
class ReadMessage:
    """A message with what became of it.

    :param message: as Twilio gives it.
    :param is_inbound: whether the customer wrote it.
    :param author_kind: ``customer``, ``pipeline``, ``agent`` or ``system``.
    :param status: its delivery; ``None`` of what is inbound, or stays within the chat.
    :param error_code: Twilio's error code of its delivery.
    """

    message: Message
    is_inbound: bool
    author_kind: str
    status: str | None
    error_code: int | None

    @property
    def has_failed(self) -> bool:
        """Whether it did not arrive."""
        return self.status in FAILURES


@dataclass(frozen=True, slots=True, repr=False)
class MessageSummary:
    """What the messages say about an outreach.

    :param first: our first message.
    :param first_reply: the customer's first message after it.
    :param inbound: how many the customer wrote.
    :param outbound: how many everybody else did.
    :param opted_out_at: when the customer opted out, unless they opted in again.
    """

    first: ReadMessage | None
    first_reply: ReadMessage | None
    inbound: int
    outbound: int
    opted_out_at: datetime | None


def read_deliveries(
    messages: Sequence[Message], customers: Container[str | None]
) -> Procedure[list[ReadMessage]]:
    """Add to each message who wrote it and what became of it; costs a request for each that did not arrive.

    :param messages: of one conversation.
    :param customers: the SIDs of the customers in it, ``MB…``.
    """
    found = []
    for message in messages:
        inbound = is_inbound(message, customers)
        status = None if inbound else status_of(message)
        code = (yield from _error_code(message, customers)) if status in FAILURES else None
        found.append(ReadMessage(message, inbound, _author_kind(message, inbound=inbound), status, code))
    return found


def summarize(
    messages: Sequence[ReadMessage], channel: Channel, first_message_sid: str | None
) -> MessageSummary:
    """Sum up what the messages say about an outreach.

    :param messages: all of its conversation, oldest first.
    :param channel: the customer's, whose keywords opt out.
    :param first_message_sid: our first message, where the record names it.
    """
    first = _first(messages, first_message_sid)
    later = messages if first is None else messages[messages.index(first) + 1 :]
    inbound = sum(one.is_inbound for one in messages)
    return MessageSummary(
        first=first,
        first_reply=next((one for one in later if one.is_inbound), None),
        inbound=inbound,
        outbound=len(messages) - inbound,
        opted_out_at=_opted_out_at(messages, channel),
    )


def _first(messages: Sequence[ReadMessage], sid: str | None) -> ReadMessage | None:
    named = (one for one in messages if sid is not None and one.message.sid == sid)
    ours = (one for one in messages if one.author_kind == "pipeline")
    outbound = (one for one in messages if not one.is_inbound)
    return next(named, None) or next(ours, None) or next(outbound, None)


def _author_kind(message: Message, *, inbound: bool) -> str:
    if inbound:
        return "customer"
    if durable.KEY_ATTRIBUTE in message.attribute_object:
        return "pipeline"
    return "agent" if message.participant_sid else "system"


def _error_code(message: Message, customers: Container[str | None]) -> Procedure[int | None]:
    """Give the code of a message that did not arrive: the customer's, before those of others."""
    try:
        receipts = yield from read_pages(list_receipts(str(message.conversation_sid), message.sid))
    except NotFound:
        return None
    bad = [one for one in receipts if one.status in FAILURES and one.error_code]
    bad.sort(key=lambda one: one.participant_sid not in customers)
    return bad[0].error_code if bad else None


def _opted_out_at(messages: Sequence[ReadMessage], channel: Channel) -> datetime | None:
    """Look from the newest message back for one that tells, as the policy ``consent`` does."""
    for one in reversed(messages):
        told = channel.opts_out(one.message.body) if one.is_inbound else None
        if one.error_code in OPT_OUT_CODES:
            told = True
        elif one.status in ("delivered", "read"):
            told = False
        if told is not None:
            return one.message.date_created if told else None
    return None
