"""What customers wrote in all conversations of ours, for those who start something because of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.waiters.reply import customers_of
from airflow_provider_flexout.twilio.api.conversations import list_conversations, list_participants
from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.pagination import next_page, read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.conversations import Conversation, ConversationPage
    from airflow_provider_flexout.twilio.api.messages import Message, MessagePage
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

_PAGE = 20


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message of a customer; SIDs and times only.

    :param message_sid: ``IM…``.
    :param conversation_sid: ``CH…``.
    :param index: its place in the conversation.
    :param participant_sid: who wrote it, ``MB…``.
    :param written_at: when, in ISO 8601.
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
class Seen:
    """What one round of looking found.

    :param at: when it began, by Twilio's clock, in ISO 8601.
    :param written: what customers wrote, oldest first.
    """

    at: str
    written: list[InboundMessage]


class InboxPoller:
    """Looks through the open conversations that outreach opened.

    A round costs one request for each 100 open conversations, one for each of ours, and one more for each
    customer who is seen writing for the first time.

    :param created_within: conversations that are older are passed over.
    """

    def __init__(self, created_within: timedelta) -> None:
        self._created_within = created_within
        self._is_customer: dict[str, bool] = {}

    def look(self, back: timedelta) -> Procedure[Seen]:
        """Look once through all conversations.

        :param back: how far; what was written earlier is passed over.
        """
        start = datetime.now(timezone.utc) - self._created_within
        call: Call[ConversationPage] | None = list_conversations(
            state="active", start_date=f"{start:%Y-%m-%d}T00:00:00Z"
        )
        began: datetime | None = None
        ours: list[Conversation] = []
        while call:
            page = yield call
            began = began or page.served_at or datetime.now(timezone.utc)
            ours += [one for one in page.items if durable.record_key(_record_in(one))]
            call = next_page(call, page)
        moment = began or datetime.now(timezone.utc)
        written: list[InboundMessage] = []
        for conversation in ours:
            written += yield from self._written_in(conversation, moment - back)
        return Seen(moment.isoformat(), sorted(written, key=lambda one: (one.written_at, one.index or 0)))

    def _written_in(self, conversation: Conversation, since: datetime) -> Procedure[list[InboundMessage]]:
        try:
            messages = yield from _newer(conversation.sid, since)
            yield from self._learn_who_is_a_customer(conversation.sid, messages)
        except NotFound:
            return []  # deleted since it was listed
        source = durable.record_source(_record_in(conversation))
        return [
            InboundMessage(
                one.sid,
                conversation.sid,
                one.index,
                one.participant_sid,
                one.date_created.isoformat(),
                source,
            )
            for one in messages
            if one.participant_sid and one.date_created and self._is_customer.get(one.participant_sid)
        ]

    def _learn_who_is_a_customer(self, conversation_sid: str, messages: list[Message]) -> Procedure[None]:
        writers = {one.participant_sid for one in messages if one.participant_sid}
        if writers <= self._is_customer.keys():
            return
        everybody = yield from read_pages(list_participants(conversation_sid))
        customers = {one.sid for one in customers_of(everybody)}
        self._is_customer.update({sid: sid in customers for sid in writers})


def _record_in(conversation: Conversation) -> Any:
    """Take the record as it is: its key and source are read in every version."""
    return conversation.attribute_object.get(durable.RECORD_ATTRIBUTE)


def _newer(conversation_sid: str, since: datetime) -> Procedure[list[Message]]:
    found: list[Message] = []
    call: Call[MessagePage] | None = list_messages(conversation_sid, order="desc", page_size=_PAGE)
    while call is not None:
        page = yield call
        newer = [one for one in page.items if one.date_created and one.date_created >= since]
        found += newer
        call = next_page(call, page) if len(newer) == len(page.items) else None
    return found
