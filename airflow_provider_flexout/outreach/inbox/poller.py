"""New messages from customers in all our conversations, for callers that start something because of them.

Twilio can be asked for the new messages of one conversation, and not of all. So a round of polling lists the
open conversations and then reads each of ours, within a number of requests:

* The list is read page by page, with at most a quarter of the requests. What does not fit into one round is
  continued in the next.
* Where the rest is enough to read every conversation, every one is read. Otherwise half of it goes to those
  that were read longest ago, so that none waits for more than a known number of rounds. The other half goes
  to those that have waited longest in proportion to their age, so that the youngest are read most often: most
  customers who reply do so soon.
* A conversation that is not listed any more was closed or deleted. It is read once more, for what the
  customer wrote last.

Each reading goes back to an hour before the previous one, so a message may be found several times. The caller
remembers which messages since ``PollResult.read_until`` it has reported; no new message is found from before
that moment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.inbox.customers import CustomerIndex
from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.twilio.api.conversations import list_conversations
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import NotFound, RequestRejected, TwilioError
from airflow_provider_flexout.twilio.http.pagination import next_page

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.conversations import Conversation, ConversationPage
    from airflow_provider_flexout.twilio.http.call import Call, Procedure, T

_PAGE_SIZE = 20
"""Few messages are new between two polls."""

_FIRST_LOOK_BACK = timedelta(days=1)
_OVERLAP = timedelta(hours=1)
_LIST_SHARE = 4
"""The list takes one of so many requests at most."""

_YOUNG = timedelta(minutes=1)
"""Conversations up to this age count as equally young."""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message of a customer; SIDs and times only.

    :param message_sid: ``IM…``.
    :param conversation_sid: ``CH…``.
    :param index: its place in the conversation.
    :param participant_sid: who wrote it, ``MB…``.
    :param written_at: when it was written, in ISO 8601.
    :param source: the DAG, run, task and map index behind the conversation, where it names them.
    """

    message_sid: str
    conversation_sid: str
    index: int | None
    participant_sid: str
    written_at: str
    source: dict[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        """Give plain JSON."""
        return durable.fields(self, durable.INBOUND_MESSAGE_FIELDS)


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one round found.

    :param at: when it began, by Twilio's clock, aware.
    :param messages: what customers wrote, the oldest first.
    :param read_until: what was written before has been found, in this round or an earlier one; aware.
    :param conversations: how many conversations of ours are known to be open.
    :param rounds: how many rounds it takes at most until each of them is read again.
    """

    at: datetime
    messages: list[InboundMessage]
    read_until: datetime
    conversations: int
    rounds: int


@dataclass(slots=True)
class _OpenConversation:
    """What is remembered of a conversation between two rounds.

    :param sid: ``CH…``.
    :param created: when it was created.
    :param source: of its record.
    :param listing: the number of the listing in which it was seen last.
    :param read_at: when it was read last; ``None`` before it was.
    """

    sid: str
    created: datetime
    source: dict[str, Any] | None
    listing: int
    read_at: datetime | None = None


class InboxPoller:
    """Reads the open conversations that outreach opened.

    A round costs one request for each 100 open conversations, one for each of ours, and one more for each
    customer who writes for the first time, up to ``requests_per_round``. A reading that has begun is
    finished.

    :param created_within: the age up to which conversations are read; older ones are passed over.
    :param requests_per_round: how many requests a round sends.
    """

    def __init__(self, created_within: timedelta, requests_per_round: int) -> None:
        self._created_within = created_within
        self._requests = requests_per_round
        self._sent = 0
        self._customers = CustomerIndex()
        self._known: dict[str, _OpenConversation] = {}
        self._next_page: Call[ConversationPage] | None = None
        self._listing = 1
        self._listing_began: datetime | None = None
        self._listing_rounds = 0
        self._listed_at: datetime | None = None
        self._listed_in_rounds = 1
        self._first_since: datetime | None = None
        self._found: dict[str, InboundMessage] = {}

    def poll(self) -> Procedure[PollResult]:
        """Read conversations for one round.

        After a round that ended with an error, the next gives what that one had found.
        """
        self._sent = 0
        at = yield from self._list()
        left = max(1, self._requests - self._sent)
        limit = self._sent + left
        for conversation in self._ordered(at, left):
            if self._sent >= limit:
                break
            yield from self._read(conversation, at)
        messages = sorted(self._found.values(), key=lambda one: (one.written_at, one.index or 0))
        self._found = {}
        known = len(self._known)
        rounds = 1 if known <= left else math.ceil(known / math.ceil(left / 2))
        if self._listed_in_rounds > 1:  # a new conversation may stand on a page that was just read
            rounds = max(rounds, 2 * self._listed_in_rounds)
        return PollResult(at, messages, self._read_until(), known, rounds)

    def _list(self) -> Procedure[datetime]:
        """Go on with the list of open conversations, and give the time."""
        at: datetime | None = None
        self._listing_rounds += 1
        while at is None or (self._next_page and self._sent < self._requests // _LIST_SHARE):
            first = self._next_page is None
            try:
                page = yield from self._counted(self._ask_for_page())
            except RequestRejected:
                if first:
                    raise
                self._next_page = None  # what points to the page has expired: the list is read anew
                continue
            at = at or page.served_at or datetime.now(timezone.utc)
            if first:
                self._listing_began = at
                self._first_since = self._first_since or at - _FIRST_LOOK_BACK
            for conversation in page.items:
                self._note(conversation, at)
            if self._next_page is None:
                self._listed_at, self._listing = self._listing_began, self._listing + 1
                self._listed_in_rounds, self._listing_rounds = self._listing_rounds, 0
        return at

    def _ask_for_page(self) -> Procedure[ConversationPage]:
        start = datetime.now(timezone.utc) - self._created_within
        call = self._next_page or list_conversations(state="active", start_date=f"{start:%Y-%m-%d}T00:00:00Z")
        page: ConversationPage = yield call
        self._next_page = next_page(call, page)
        return page

    def _note(self, conversation: Conversation, at: datetime) -> None:
        record = _record_in(conversation)
        if not durable.record_key(record):
            return
        known = self._known.setdefault(
            conversation.sid,
            _OpenConversation(conversation.sid, conversation.date_created or at, None, self._listing),
        )
        known.source, known.listing = durable.record_source(record), self._listing

    def _ordered(self, at: datetime, left: int) -> list[_OpenConversation]:
        """Give the conversations in the order in which they are to be read."""

        def waited(one: _OpenConversation) -> timedelta:
            return at - one.read_at if one.read_at else timedelta.max

        def waited_for_its_age(one: _OpenConversation) -> float:
            return waited(one) / max(at - one.created, _YOUNG)

        by_age = sorted(self._known.values(), key=lambda one: one.created, reverse=True)
        if len(by_age) <= left:
            return by_age
        longest = sorted(by_age, key=waited, reverse=True)
        first, others = longest[: math.ceil(left / 2)], longest[math.ceil(left / 2) :]
        return first + sorted(others, key=waited_for_its_age, reverse=True)

    def _read(self, conversation: _OpenConversation, at: datetime) -> Procedure[None]:
        assert self._first_since is not None  # noqa: S101 - of the list, which is read first
        since = conversation.read_at - _OVERLAP if conversation.read_at else self._first_since
        try:
            newest = yield from self._counted(
                read_back(
                    conversation.sid,
                    until=lambda one: one.date_created is None or one.date_created < since,
                    page_size=_PAGE_SIZE,
                )
            )
            inbound = yield from self._counted(self._customers.inbound(conversation.sid, newest.messages))
        except NotFound:
            del self._known[conversation.sid]  # deleted since it was listed
            return
        for one in inbound:
            if one.date_created:
                self._found[one.sid] = InboundMessage(
                    one.sid,
                    conversation.sid,
                    one.index,
                    one.participant_sid or "",
                    one.date_created.isoformat(),
                    conversation.source,
                )
        conversation.read_at = at
        if conversation.listing < self._listing - 1:  # the last complete listing did not have it
            del self._known[conversation.sid]

    def _read_until(self) -> datetime:
        assert self._first_since is not None  # noqa: S101 - of the list, which is read first
        unread = [one.created for one in self._known.values() if one.read_at is None]
        read = [one.read_at for one in self._known.values() if one.read_at]
        listed = [self._listed_at] if self._listed_at else []
        moments = [one - _OVERLAP for one in (*read, *listed)] + unread
        if not listed:
            moments.append(self._first_since)
        return max(self._first_since, min(moments))

    def _counted(self, procedure: Procedure[T]) -> Procedure[T]:
        """Count the requests of a procedure."""
        outcome: Any = None
        while True:
            try:
                step = (
                    procedure.throw(outcome) if isinstance(outcome, TwilioError) else procedure.send(outcome)
                )
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]
            self._sent += not isinstance(step, Sleep)
            try:
                outcome = yield step
            except TwilioError as error:
                outcome = error


def _record_in(conversation: Conversation) -> Any:
    """Take the record as it is: its key and source are read in every version."""
    return conversation.attribute_object.get(durable.RECORD_ATTRIBUTE)
