"""Replies that fire close together, and the event that follows the last of them.

Airflow makes a run for the first event after the last run was made, and gives it the events up to that one.
Events that come in the second or so until the scheduler makes that run start no run of their own, and are
given to the run of the next event, whenever that comes (https://github.com/apache/airflow/pull/70972 fixes
this). So the last reply of a burst is repeated once Airflow has made the run of the first. If no event was
left over, the run of the repetition has nothing to do.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_CLOSE = 5.0
"""Seconds after an event in which Airflow may leave the next one without a run, on a busy machine."""
_PAUSES = (2.0, 10.0)
"""Seconds without an event until the repetition, and from there until a second one.

Airflow takes up to a second to record an event and about one to make its run. If it takes longer, the first
repetition is left without a run too.
"""


class Burst:
    """Remembers when the events of one trigger fired, and what must follow them."""

    def __init__(self) -> None:
        self._last: dict[str, Any] = {}
        self._at = -math.inf
        self._pauses: tuple[float, ...] = ()
        self._has_fired = asyncio.Event()

    def note(self, payload: dict[str, Any]) -> None:
        """Note that an event fires now.

        :param payload: of the event.
        """
        now = asyncio.get_running_loop().time()
        if now - self._at < _CLOSE:
            self._pauses = _PAUSES
        self._last, self._at = payload, now
        self._has_fired.set()

    def repetition(self) -> dict[str, Any] | None:
        """Give the payload of a repetition that must fire now, and that need not be noted."""
        if self._pause() > 0:
            return None
        self._pauses = self._pauses[1:]
        self._at = asyncio.get_running_loop().time()
        return durable.write_repetition(self._last)

    async def pauses(self) -> AsyncIterator[None]:
        """Yield whenever a repetition may be due."""
        while True:
            while (pause := self._pause()) > 0:
                self._has_fired.clear()
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._has_fired.wait(), pause if pause < math.inf else None)
            yield None

    def _pause(self) -> float:
        """Give the seconds until the next repetition."""
        if not self._pauses:
            return math.inf
        return self._at + self._pauses[0] - asyncio.get_running_loop().time()
