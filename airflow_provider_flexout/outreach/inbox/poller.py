"""New messages of customers in all conversations of ours, for those who start something because of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.inbox.customers import CustomerIndex
from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.twilio.api.conversations import list_conversations
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.pagination import next_page

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.conversations import Conversation, ConversationPage
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

_PAGE_SIZE = 20
"""Few messages are new between two polls."""


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
    """What one poll found.

    :param at: when it began, by Twilio's clock, in ISO 8601.
    :param messages: what customers wrote, the oldest first.
    """

    at: str
    messages: list[InboundMessage]


class InboxPoller:
    """Reads the open conversations that outreach opened.

    A poll costs one request for each 100 open conversations, one for each of ours, and one more for each
    customer who writes for the first time.

    :param created_within: the age up to which conversations are read; older ones are passed over.
    """

    def __init__(self, created_within: timedelta) -> None:
        self._created_within = created_within
        self._customers = CustomerIndex()

    def poll(self, look_back: timedelta) -> Procedure[PollResult]:
        """Read all conversations once.

        :param look_back: the age up to which messages are read; older ones are passed over.
        """
        start = datetime.now(timezone.utc) - self._created_within
        call: Call[ConversationPage] | None = list_conversations(
            state="active", start_date=f"{start:%Y-%m-%d}T00:00:00Z"
        )
        at: datetime | None = None
        ours: list[Conversation] = []
        while call:
            page = yield call
            at = at or page.served_at or datetime.now(timezone.utc)
            ours += [one for one in page.items if durable.record_key(_record_in(one))]
            call = next_page(call, page)
        at = at or datetime.now(timezone.utc)
        found: list[InboundMessage] = []
        for conversation in ours:
            found += yield from self._read(conversation, at - look_back)
        return PollResult(at.isoformat(), sorted(found, key=lambda one: (one.written_at, one.index or 0)))

    def _read(self, conversation: Conversation, since: datetime) -> Procedure[list[InboundMessage]]:
        try:
            newest = yield from read_back(
                conversation.sid,
                until=lambda one: one.date_created is None or one.date_created < since,
                page_size=_PAGE_SIZE,
            )
            inbound = yield from self._customers.inbound(conversation.sid, newest.messages)
        except NotFound:
            return []  # deleted since it was listed
        source = durable.record_source(_record_in(conversation))
        return [
            InboundMessage(
                one.sid,
                conversation.sid,
                one.index,
                one.participant_sid or "",
                one.date_created.isoformat(),
                source,
            )
            for one in inbound
            if one.date_created
        ]


def _record_in(conversation: Conversation) -> Any:
    """Take the record as it is: its key and source are read in every version."""
    return conversation.attribute_object.get(durable.RECORD_ATTRIBUTE)
