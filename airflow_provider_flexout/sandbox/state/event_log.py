"""What happened in the sandbox, in order: the bounded log that the page's timeline is made of.

It is always written, since a page may be opened after everything has happened. Writing is one append; the
page looks up what an entry means.
"""

from __future__ import annotations

import secrets
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.wire.clock import Clock

__all__ = ["EventLog", "LoggedEvent"]

_KEPT: Final = 5_000


class LoggedEvent(NamedTuple):
    """Something that happened.

    :param n: its number, from 1.
    :param at: when, in seconds since the epoch, on the sandbox's clock.
    :param kind: ``request``, ``conversation``, ``participant``, ``message``, ``receipt``, ``channel``,
        ``task``, ``webhook``, ``studio`` or ``sandbox`` (its controls).
    :param conversation_sid: the conversation that it is about, where that is known at once.
    :param facts: what there is to say about it.
    """

    n: int
    at: float
    kind: str
    conversation_sid: str | None
    facts: Mapping[str, Any]


class EventLog:
    """The latest 5,000 events, oldest first.

    :param clock: tells when they happen.
    """

    __slots__ = ("_clock", "_entries", "era", "last")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[LoggedEvent] = deque(maxlen=_KEPT)
        self.clear()

    def clear(self) -> None:
        """Forget everything; the numbers of earlier events are void."""
        self._entries.clear()
        self.last = 0
        self.era = secrets.token_hex(4)

    def add(self, kind: str, conversation_sid: str | None, **facts: Any) -> None:
        """Write down that something happened just now.

        :param kind: see :class:`LoggedEvent`.
        :param conversation_sid: the conversation that it is about.
        :param facts: what there is to say about it.
        """
        self.last += 1
        self._entries.append(LoggedEvent(self.last, self._clock.time(), kind, conversation_sid, facts))

    def after(self, number: int) -> list[LoggedEvent] | None:
        """Return what happened after an event; None if some of it is forgotten by now.

        :param number: that event's number; 0 for the beginning.
        """
        missing = self.last - number
        if missing > len(self._entries):
            return None
        return list(islice(self._entries, len(self._entries) - missing, None))

    def newest(self, count: int) -> list[LoggedEvent]:
        """Return the newest events, oldest first.

        :param count: how many at most.
        """
        return list(islice(self._entries, max(0, len(self._entries) - count), None))
