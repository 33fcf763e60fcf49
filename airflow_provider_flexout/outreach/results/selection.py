"""Which outreaches are read: those of a period, a campaign or a DAG, or of a list of conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput, RecordDamaged
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.values.arguments import check_text
from airflow_provider_flexout.outreach.values.sids import check_sid
from airflow_provider_flexout.twilio.api.conversations import list_conversations

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.conversations import Conversation, ConversationPage
    from airflow_provider_flexout.twilio.http.call import Call


@dataclass(frozen=True, slots=True)
class Selection:
    """Which outreaches are read.

    :param start: those opened at this moment or later, aware.
    :param end: those opened before this moment, aware.
    :param campaign: only those of the campaign of this name.
    :param dag_id: only those that this DAG opened.
    :param conversations: these conversations alone, ``CH…``, whenever they were opened.
    :raises InvalidInput: when the period has no length, or something of it is not what it should be.
    """

    start: datetime | None = None
    end: datetime | None = None
    campaign: str | None = None
    dag_id: str | None = None
    conversations: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Check it, before anything is read."""
        for name in ("campaign", "dag_id"):
            value = getattr(self, name)
            check_text(name, value)
            if value is not None and not str(value).strip():
                raise InvalidInput(name, "empty; leave it out to read all.")
        for sid in self.conversations or ():
            check_sid("conversations", sid, "CH")
        if self.start and self.end and self.start >= self.end:
            raise InvalidInput("start", f"{self.start} is not before the end, {self.end}.")

    def first_page(self) -> Call[ConversationPage]:
        """Describe the call for the first page of the conversations of the period.

        The moments are rounded to days, outwards: Twilio's documents do not say how exact they are.
        """
        end = self.end + timedelta(days=1) if self.end else None
        return list_conversations(start_date=_day(self.start), end_date=_day(end))

    def record_of(self, conversation: Conversation) -> OutreachRecord | None:
        """Give the record of a conversation that is one of these; ``None`` for any other.

        :param conversation: the conversation.
        :raises RecordTooNew: when a newer version of this provider wrote it.
        """
        record = read_record(conversation)
        if record is None or not self._has(conversation.date_created):
            return None
        source = record.source or {}
        if self.campaign is not None and source.get(durable.SOURCE_CAMPAIGN) != self.campaign:
            return None
        return None if self.dag_id is not None and source.get("dag_id") != self.dag_id else record

    def _has(self, opened_at: datetime | None) -> bool:
        if self.conversations is not None or opened_at is None:
            return True
        return (self.start is None or self.start <= opened_at) and (self.end is None or opened_at < self.end)


def read_record(conversation: Conversation) -> OutreachRecord | None:
    """Read the record of a conversation; ``None`` where it has none, or somebody has made it unreadable.

    :param conversation: the conversation.
    :raises RecordTooNew: when a newer version of this provider wrote it.
    """
    try:
        return OutreachRecord.read(conversation.attribute_object)
    except RecordDamaged:
        return None


def _day(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d}T00:00:00Z" if moment else None
