"""Which replies have been reported, so that each is reported once however often it is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.inbox.poller import InboundMessage, PollResult

_OLD_STATE_REACHES_BACK = timedelta(hours=1)
"""Before the moment in a state that an older version wrote; newer ones say themselves since when."""


@dataclass(slots=True)
class Cursor:
    """Which messages have been reported, for as long as a poll or a queue may give them again.

    :param at: when the last of them was found or written, aware.
    :param since: what was written before it is not reported, aware.
    :param told: when those that have been reported were written, by their SIDs.
    :param place: of the last entry that was read in the queue of events; ``None`` before there was one.
    """

    at: datetime
    since: datetime
    told: dict[str, datetime] = field(default_factory=dict)
    place: str | None = None

    @classmethod
    def at_start(cls, result: PollResult) -> Cursor:
        """Make the first cursor: what was written before the first poll is not reported.

        :param result: of that poll.
        """
        cursor = cls(result.at, result.at)
        cursor.tell([one for one in result.messages if written_at(one) <= result.at])
        return cursor

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Cursor:
        """Read what :meth:`as_state` wrote, in this version or an older one.

        :param state: the plain JSON.
        """
        at = datetime.fromisoformat(state[durable.INBOX_STATE_AT])
        since = state.get(durable.INBOX_STATE_SINCE)
        told = dict.fromkeys(state[durable.INBOX_STATE_TOLD], at)
        begin = datetime.fromisoformat(since) if since else at - _OLD_STATE_REACHES_BACK
        return cls(at, begin, told, state.get(durable.INBOX_STATE_PLACE))

    def as_state(self) -> dict[str, Any]:
        """Give plain JSON."""
        state: dict[str, Any] = {
            durable.INBOX_STATE_AT: self.at.isoformat(),
            durable.INBOX_STATE_SINCE: self.since.isoformat(),
            durable.INBOX_STATE_TOLD: list(self.told),
        }
        if self.place is not None:
            state[durable.INBOX_STATE_PLACE] = self.place
        return state

    def is_new(self, message_sid: str, written: datetime) -> bool:
        """Say whether a message has not been reported yet, and must be.

        :param message_sid: ``IM…``.
        :param written: when it was written, aware.
        """
        return message_sid not in self.told and written >= self.since

    def tell(self, messages: list[InboundMessage]) -> None:
        """Remember that messages have been reported.

        :param messages: these.
        """
        self.told |= {one.message_sid: written_at(one) for one in messages}
        self.at = max([self.at, *(written_at(one) for one in messages)])

    def forget_before(self, moment: datetime) -> None:
        """Forget messages that are too old to be reported again.

        :param moment: what was written before it has been found by polls.
        """
        if moment > self.since:
            self.since = moment
            self.told = {sid: written for sid, written in self.told.items() if written >= moment}


def written_at(message: InboundMessage) -> datetime:
    """Give the time at which a message was written.

    :param message: the message.
    """
    return datetime.fromisoformat(message.written_at)
