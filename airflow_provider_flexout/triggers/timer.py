"""The trigger behind a task that is held until a time. It makes no requests."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_SHORTEST_WAIT = 5.0
_LONGEST_SLEEP = 600.0


class TimerTrigger(BaseTrigger):
    """Resumes its task at a given time, 5 seconds after the deferral at the earliest.

    Airflow can fail a task whose trigger fires while the scheduler is still recording the deferral. A long
    wait is slept in parts, so that the trigger is on time on a machine that was suspended or whose clock
    was set.

    The trigger yields one event, which returns ``resume_data``, because ``dag.test()`` drops the keyword
    arguments that a deferral can keep for its return.

    :param until: the time, as an aware datetime or as text in ISO 8601 with its offset.
    :param resume_data: what the task needs when it resumes, as plain JSON. It holds neither addresses nor
        text.
    """

    def __init__(self, *, until: datetime | str, resume_data: dict[str, Any] | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.until = until if isinstance(until, datetime) else datetime.fromisoformat(until)
        self.resume_data = resume_data

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give the class path and the arguments."""
        return durable.TIMER_TRIGGER, self._arguments()

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, then yield the event."""
        left = max(_SHORTEST_WAIT, self._left())
        while left > 0:
            await asyncio.sleep(min(_LONGEST_SLEEP, left))
            left = self._left()
        yield TriggerEvent(self._arguments())  # type: ignore[no-untyped-call]

    def _arguments(self) -> dict[str, Any]:
        return durable.timer_arguments(self.until, self.resume_data)

    def _left(self) -> float:
        return (self.until - datetime.now(timezone.utc)).total_seconds()
