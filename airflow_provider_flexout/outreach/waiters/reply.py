"""Waiting for a customer to write."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import ConversationEnded, InvalidInput
from airflow_provider_flexout.outreach.values.sids import check_sid
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, list_participants
from airflow_provider_flexout.twilio.api.messages import fetch_message, list_messages
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.pagination import next_page, read_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.twilio.api.conversations import Participant
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure

_BEFORE_ALL = -1
_LOOKS_PER_STATE = 12
_PAGE = 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What a customer answered, or that they did not.

    :param conversation_sid: ``CH…``.
    :param replied: whether somebody did.
    :param message_sids: the customer's messages (``IM…``), oldest first.
    :param count: how many.
    :param time_to_reply: seconds from the message that was answered to the first of them, by Twilio's
        clock.
    :param participant_sid: who wrote it, ``MB…``.
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
class _Seen:
    """What earlier looks have found out, so that none asks for it again."""

    looks: int = 0
    index: int = _BEFORE_ALL
    is_customer: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReplyWaiter:
    """A conversation, and the message after which a customer's is waited for.

    A look costs one request as long as nothing is new. A customer is who takes part by an address; in a
    chat, where nobody has one, it is who joined first: the agent joins when the task is accepted.

    :param conversation_sid: ``CH…``.
    :param after: index of the message; -1 stands before all.
    :param asked_at: when it was written, seconds since 1970; ``None`` leaves the time to reply open.
    """

    conversation_sid: str
    after: int
    asked_at: float | None = None
    _seen: _Seen = field(default_factory=_Seen, init=False, repr=False, compare=False)

    def look(self) -> Procedure[Reply | None]:
        """Look once; give the reply, or ``None`` while there is none.

        :raises ConversationEnded: when none can come any more.
        """
        try:
            # The state first: what was written before the end is found after it.
            closed = (yield from self._is_closed()) if self._seen.looks % _LOOKS_PER_STATE == 0 else False
            written = yield from self._new_messages()
        except NotFound:
            raise ConversationEnded(
                f"There is no conversation {self.conversation_sid}: it was deleted, or the SID is another "
                "account's. No reply can come."
            ) from None
        replies = yield from self._of_customers(written)
        if replies:
            return self._reply(replies)
        if closed:
            raise ConversationEnded(
                f"Conversation {self.conversation_sid} was closed before the customer replied. A closed "
                "conversation takes no messages; what the customer writes now begins another."
            )
        self._seen.looks += 1
        self._seen.index = max([self._seen.index, *(one.index or 0 for one in written)])
        return None

    def read_bodies(self, reply: Reply) -> Procedure[list[str | None]]:
        """Read the texts of a reply that this watch found; ``None`` stands for a message without one.

        :param reply: which messages.
        """
        found = yield from _newest_first(self.conversation_sid, lambda one: (one.index or 0) <= self.after)
        bodies = {one.sid: one.body for one in found[0]}
        return [bodies.get(sid) for sid in reply.message_sids]

    def _is_closed(self) -> Procedure[bool]:
        conversation = yield fetch_conversation(self.conversation_sid)
        return bool(conversation.state == "closed")

    def _new_messages(self) -> Procedure[list[Message]]:
        last = max(self.after, self._seen.index)
        found = yield from _newest_first(self.conversation_sid, lambda one: (one.index or 0) <= last)
        return found[0][::-1]

    def _of_customers(self, written: list[Message]) -> Procedure[list[Message]]:
        known = self._seen.is_customer
        writers = {one.participant_sid for one in written if one.participant_sid}
        if writers - known.keys():
            everybody = yield from read_pages(list_participants(self.conversation_sid))
            customers = {one.sid for one in customers_of(everybody)}
            known.update({sid: sid in customers for sid in writers})
        return [one for one in written if known.get(one.participant_sid or "")]

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


def customers_of(participants: list[Participant]) -> list[Participant]:
    """Give those who are customers; see :class:`ReplyWaiter`.

    :param participants: who takes part in a conversation.
    """
    reached = [one for one in participants if (one.messaging_binding or {}).get("address")]
    in_chat = sorted((one for one in participants if one.identity and one.date_created), key=_joined)
    return reached or in_chat[:1]


def _joined(participant: Participant) -> datetime:
    assert participant.date_created is not None  # noqa: S101 - sorted() has only those
    return participant.date_created


def watch_replies(conversation_sid: str, after: str | int | datetime | None = None) -> Procedure[ReplyWaiter]:
    """Find the message after which to wait.

    :param conversation_sid: ``CH…``.
    :param after: a message's SID or index, or a moment; ``None`` for what is the newest now.
    :raises InvalidInput: when it is none of these, or there is no such message.
    :raises ConversationEnded: when there is no such conversation.
    """
    if isinstance(after, str) and after.lstrip("-").isdigit():
        after = int(after)  # what a template makes of a number
    if isinstance(after, bool) or not isinstance(after, (str, int, datetime, type(None))):
        raise InvalidInput("after", f"a {type(after).__name__}; a message's SID (IM…) or index is meant.")
    if isinstance(after, str):
        return (yield from _watch_after_sid(conversation_sid, after))
    try:
        _, found, asked_at = yield from _newest_first(conversation_sid, _reaches(after))
    except NotFound:
        raise ConversationEnded(f"There is no conversation {conversation_sid} to wait in.") from None
    if isinstance(after, int):
        return ReplyWaiter(conversation_sid, after, _written(found))
    if found is not None:
        return ReplyWaiter(conversation_sid, found.index or 0, _written(found))
    return ReplyWaiter(conversation_sid, _BEFORE_ALL, after.timestamp() if after else asked_at)


def _watch_after_sid(conversation_sid: str, message_sid: str) -> Procedure[ReplyWaiter]:
    check_sid("after", message_sid, "IM")
    try:
        message = yield fetch_message(conversation_sid, message_sid)
    except NotFound:
        raise InvalidInput("after", f"no message {message_sid} in conversation {conversation_sid}.") from None
    return ReplyWaiter(conversation_sid, message.index or 0, _written(message))


def _reaches(after: int | datetime | None) -> Callable[[Message], bool]:
    if after is None:
        return lambda _: True
    if isinstance(after, int):
        return lambda one: (one.index or 0) <= after
    second = after.replace(microsecond=0)  # Twilio writes whole seconds, and rounds them down
    return lambda one: one.date_created is not None and one.date_created < second


def _newest_first(
    conversation_sid: str, reached: Callable[[Message], bool]
) -> Procedure[tuple[list[Message], Message | None, float | None]]:
    """Read messages back to one; give those after it, it, and the time at Twilio."""
    newer: list[Message] = []
    call = list_messages(conversation_sid, order="desc", page_size=_PAGE)
    while True:
        page = yield call
        for message in page.items:
            if reached(message):
                return newer, message, _moment(page.served_at)
            newer.append(message)
        following = next_page(call, page)
        if following is None:
            return newer, None, _moment(page.served_at)
        call = following


def _written(message: Message | None) -> float | None:
    return _moment(message.date_created) if message else None


def _moment(date: datetime | None) -> float | None:
    return date.timestamp() if date else None
