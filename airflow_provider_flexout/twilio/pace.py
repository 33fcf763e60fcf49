"""Waiting for one's turn: so many requests a second, so many at once, first come, first served."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from airflow_provider_flexout.twilio.budget import Budget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Pace:
    """One budget of requests for everything that uses it, in one event loop.

    :param rate: requests per second at most; ``None`` leaves it to what Twilio takes.
    :param concurrency: requests under way at most.
    :param clock: seconds.
    :param sleep: what waits, in seconds.
    """

    def __init__(
        self,
        rate: float | None = None,
        concurrency: int = 100,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.budget = Budget(rate)
        self._places = asyncio.Semaphore(concurrency)
        self._head = asyncio.Lock()
        self._clock = clock
        self._sleep = sleep

    @property
    def rate(self) -> float | None:
        """Requests per second that may be sent now; ``None`` while no limit is known."""
        return self.budget.rate(self._clock())

    @property
    def refusals(self) -> int:
        """How often Twilio has said that it was one too many."""
        return self.budget.refusals

    def turn(self) -> Turn:
        """Prepare for one request after the other of one call."""
        return Turn(self)

    async def enter(self) -> float:
        """Wait for a place and for the time, and give the time; the place has to be left again."""
        await self._places.acquire()
        try:
            async with self._head:
                while (wait := self.budget.wait(now := self._clock())) > 0:
                    await self._sleep(wait)
                self.budget.send(now)
        except BaseException:
            self._places.release()
            raise
        return now

    def leave(self, *, taken: bool) -> None:
        """Give the place to the next.

        :param taken: whether Twilio took the request.
        """
        self._places.release()
        if taken:
            self.budget.succeeded(self._clock())

    def refused(self, sent_at: float, retry_after: float | None) -> None:
        """Slow down for all.

        :param sent_at: when the request was sent that was one too many.
        :param retry_after: seconds to send nothing, where Twilio said so.
        """
        self.budget.refused(sent_at, self._clock(), retry_after)


class Turn:
    """The place of one call; it has none between its tries.

    :param pace: what it waits for.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._sent_at = 0.0
        self._inside = False

    async def begin(self) -> None:
        """Wait until a request may be sent."""
        self._sent_at = await self._pace.enter()
        self._inside = True

    def end(self, *, taken: bool = False) -> None:
        """Leave, if a place is held.

        :param taken: whether Twilio took the request.
        """
        if self._inside:
            self._inside = False
            self._pace.leave(taken=taken)

    def refused(self, retry_after: float | None) -> None:
        """Report that the last request was one too many.

        :param retry_after: seconds to send nothing, where Twilio said so.
        """
        self._pace.refused(self._sent_at, retry_after)
