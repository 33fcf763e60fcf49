"""Waiting for a customer to write."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import ConversationEnded, InvalidInput, conversation_exists
from airflow_provider_flexout.outreach.inbox.checks import CUSTOMER, check_place
from airflow_provider_flexout.outreach.inbox.customers import CustomerIndex
from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation
from airflow_provider_flexout.twilio.api.messages import fetch_message
from airflow_provider_flexout.twilio.http.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure

_BEFORE_ALL = -1
_POLLS_PER_STATE = 12
"""The state of the conversation is read with every so many polls, since it costs a request of its own."""
_PAGE_SIZE = 20
"""Few messages are new between two polls."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a customer replied, or that they did not.

    :param conversation_sid: ``CH…``.
    :param replied: whether somebody did.
    :param message_sids: the customer's messages (``IM…``), the oldest first.
    :param count: how many there are.
    :param time_to_reply: the seconds from the message that was waited after to the first of them, by Twilio's
        clock.
    :param participant_sid: who wrote the first, ``MB…``.
    """

    conversation_sid: str
    replied: bool = False
    message_sids: tuple[str, ...] = ()
    count: int = 0
    time_to_reply: float | None = None
    participant_sid: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain JSON."""
        return durable.fields(self, durable.REPLY_FIELDS) | {"message_sids": list(self.message_sids)}


@dataclass(slots=True)
class _Progress:
    """What earlier polls have found out, so that none asks for it again."""

    customers: CustomerIndex
    polls: int = 0
    index: int = _BEFORE_ALL
    read_at: float | None = None


@dataclass(frozen=True, slots=True)
class ReplyWaiter:
    """A conversation, and the message after which a customer's is waited for.

    A poll costs one request as long as nothing is new. The customers are chosen by
    :func:`~airflow_provider_flexout.outreach.inbox.customers.customers_of`.

    :param conversation_sid: ``CH…``.
    :param after: the index of the message; -1 stands before all.
    :param asked_at: when it was written, in seconds since 1970; ``None`` leaves the time to reply open.
    :param levels: in a mail, the levels of those who may reply.
    """

    conversation_sid: str
    after: int
    asked_at: float | None = None
    levels: Sequence[str] = CUSTOMER
    _progress: _Progress = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(self.levels))  # JSON has lists
        object.__setattr__(self, "_progress", _Progress(CustomerIndex(self.levels)))

    @property
    def sids(self) -> tuple[str, ...]:
        """The SIDs whose events may end the wait."""
        return (self.conversation_sid,)

    def poll(self) -> Procedure[Reply | None]:
        """Look once; give the reply, or ``None`` while there is none.

        :raises ConversationEnded: when none can come any more.
        """
        progress = self._progress
        try:
            # Read the state first: a message from before the end is then found by the reads that follow.
            closed = (yield from self._is_closed()) if progress.polls % _POLLS_PER_STATE == 0 else False
            new = yield from self._new_messages()
            replies = yield from progress.customers.inbound(self.conversation_sid, new)
        except NotFound:
            raise ConversationEnded(
                f"There is no conversation {self.conversation_sid}: it was deleted, or the SID is another "
                "account's. No reply can come."
            ) from None
        if replies:
            return self._reply(replies)
        if closed:
            raise ConversationEnded(
                f"Conversation {self.conversation_sid} was closed before the customer replied. A closed "
                "conversation takes no messages; what the customer writes now begins another."
            )
        progress.polls += 1
        progress.index = max([progress.index, *(one.index or 0 for one in new)])
        return None

    def read_state_next(self) -> None:
        """Let the next poll read whether the conversation is closed: something has happened in it."""
        self._progress.polls = 0

    def time_left(self, until: float) -> float:
        """Give the seconds until a moment, by Twilio's clock where a poll has read it.

        :param until: the moment, in seconds since 1970.
        """
        return until - (self._progress.read_at or time.time())

    def read_bodies(self, reply: Reply) -> Procedure[list[str | None]]:
        """Read the texts of a reply that this waiter found; ``None`` stands for a message without one.

        :param reply: the reply.
        """
        newest = yield from read_back(self.conversation_sid, _is_up_to(self.after), page_size=_PAGE_SIZE)
        bodies = {one.sid: one.body for one in newest.messages}
        return [bodies.get(sid) for sid in reply.message_sids]

    def _is_closed(self) -> Procedure[bool]:
        conversation = yield fetch_conversation(self.conversation_sid)
        return bool(conversation.state == "closed")

    def _new_messages(self) -> Procedure[list[Message]]:
        last = max(self.after, self._progress.index)
        newest = yield from read_back(self.conversation_sid, _is_up_to(last), page_size=_PAGE_SIZE)
        self._progress.read_at = _seconds(newest.read_at)
        return newest.messages[::-1]

    def _reply(self, replies: list[Message]) -> Reply:
        first = replies[0]
        timed = self.asked_at is not None and first.date_created is not None
        return Reply(
            self.conversation_sid,
            replied=True,
            message_sids=tuple(one.sid for one in replies),
            count=len(replies),
            time_to_reply=first.date_created.timestamp() - self.asked_at if timed else None,  # type: ignore[union-attr,operator]
            participant_sid=first.participant_sid,
        )


def reply_waiter(
    conversation_sid: str, after: str | int | datetime | None = None, levels: Sequence[str] = CUSTOMER
) -> Procedure[ReplyWaiter]:
    """Make the waiter for a reply to a certain message.

    :param conversation_sid: ``CH…``.
    :param after: a message's SID or index, or a moment; ``None`` for what is the newest now.
    :param levels: in a mail, the levels of those who may reply.
    :raises InvalidInput: when it is not one of these, or there is no such message.
    :raises ConversationEnded: when there is no such conversation.
    """
    after = check_place(after)
    index, asked_at = yield from _find_place(conversation_sid, after)
    return ReplyWaiter(conversation_sid, index, asked_at, levels)


def _find_place(
    conversation_sid: str, after: str | int | datetime | None
) -> Procedure[tuple[int, float | None]]:
    if isinstance(after, str):
        return (yield from _find_message(conversation_sid, after))
    with conversation_exists(conversation_sid):
        newest = yield from read_back(conversation_sid, _is_at(after), page_size=_PAGE_SIZE)
    message = newest.reached
    if isinstance(after, int):
        return after, _seconds(message.date_created) if message else None
    if message is not None:
        return message.index or 0, _seconds(message.date_created)
    return _BEFORE_ALL, _seconds(after or newest.read_at)


def _find_message(conversation_sid: str, message_sid: str) -> Procedure[tuple[int, float | None]]:
    try:
        message = yield fetch_message(conversation_sid, message_sid)
    except NotFound:
        raise InvalidInput("after", f"no message {message_sid} in conversation {conversation_sid}.") from None
    return message.index or 0, _seconds(message.date_created)


def _is_up_to(index: int) -> Callable[[Message], bool]:
    return lambda one: (one.index or 0) <= index


def _is_at(after: int | datetime | None) -> Callable[[Message], bool]:
    if after is None:
        return lambda _: True
    if isinstance(after, int):
        return _is_up_to(after)
    second = after.replace(microsecond=0)  # Twilio writes whole seconds, and rounds them down
    return lambda one: one.date_created is not None and one.date_created < second


def _seconds(date: datetime | None) -> float | None:
    return date.timestamp() if date else None
