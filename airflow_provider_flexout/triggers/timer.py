"""The trigger behind a held task: it waits for a moment, and asks nobody."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_SHORTEST = 5.0
_LONGEST_SLEEP = 600.0


class TimerTrigger(BaseTrigger):
    """Wakes its task at a moment, 5 seconds after the deferral at the earliest.

    Airflow can fail a task whose trigger fires while the scheduler still takes the deferral in. A long
    hold is slept through in parts, so that a machine that was suspended, or whose clock was set, is not
    late for it.

    Its one event hands ``note`` back, since ``dag.test()`` loses what a task keeps for its return in any
    other way.

    :param until: the moment, aware, or in ISO 8601 with its offset.
    :param note: what the task wants to know when it comes back; plain JSON, no address, no text.
    """

    def __init__(self, *, until: datetime | str, note: dict[str, Any] | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.until = until if isinstance(until, datetime) else datetime.fromisoformat(until)
        self.note = note

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give the class path and the arguments."""
        arguments = {"until": self.until.isoformat(), "note": self.note}
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, then wake the task."""
        left = max(_SHORTEST, self._left())
        while left > 0:
            await asyncio.sleep(min(_LONGEST_SLEEP, left))
            left = self._left()
        yield TriggerEvent({"until": self.until.isoformat(), "note": self.note})  # type: ignore[no-untyped-call]

    def _left(self) -> float:
        return (self.until - datetime.now(timezone.utc)).total_seconds()
