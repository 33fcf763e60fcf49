"""Waiting for one's turn: so many requests a second, so many at once, what is begun before what is not."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from airflow_provider_flexout.twilio.http.adaptive_limit import AdaptiveRateLimit, Pacer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class RateLimiter:
    """Turns for everything that uses it, in one event loop; what Twilio takes is known to a budget.

    :param rate: requests per second at most; ``None`` leaves it to what Twilio takes.
    :param concurrency: requests under way at most.
    :param budget: what Twilio takes, shared with others in this process; one of its own, if left out.
    :param clock: seconds; the budget's.
    :param sleep: what waits, in seconds.
    """

    def __init__(
        self,
        rate: float | None = None,
        concurrency: int = 100,
        *,
        budget: AdaptiveRateLimit | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.budget = budget or AdaptiveRateLimit()
        self._most = rate
        self._slots = Pacer()
        self._places = asyncio.Semaphore(concurrency)
        self._line = asyncio.Lock()
        self._head = asyncio.Lock()
        self._clock = clock
        self._sleep = sleep
        self.refusals = 0
        """How often Twilio has said that it was one too many."""

    @property
    def rate(self) -> float | None:
        """Requests per second that may be sent now; ``None`` while no limit is known."""
        rates = [rate for rate in (self._most, self.budget.rate(self._clock())) if rate is not None]
        return min(rates, default=None)

    def turn(self, *, begun: bool = False) -> Permit:
        """Prepare for one request after the other of one call.

        :param begun: whether it goes on with what others have begun.
        """
        return Permit(self, begun=begun)

    async def enter(self, *, begun: bool = False) -> float:
        """Wait for a place and for the time, and give the time; the place has to be left again.

        :param begun: whether it goes on with what others have begun. Of the rest, only one at a time stands
            in line with those: what is begun would otherwise take as many rounds as it has requests.
        """
        if begun:
            return await self._next()
        async with self._line:
            return await self._next()

    async def _next(self) -> float:
        async with self._head:
            await self._places.acquire()
            try:
                await self._moment()
            except BaseException:
                self._places.release()
                raise
            return self._clock()

    async def _moment(self) -> None:
        if self._most is not None and (wait := self._slots.book(self._clock(), self._most)) > 0:
            await self._sleep(wait)
        wait = self.budget.book(self._clock())
        while wait > 0:
            await self._sleep(wait)
            wait = self.budget.silence(self._clock())  # which may have been asked for in the meantime

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
        self.refusals += 1
        self.budget.refused(sent_at, self._clock(), retry_after)


class Permit:
    """The place of one call; it has none between its tries.

    :param pace: what it waits for.
    :param begun: whether the call goes on with what others have begun.
    """

    def __init__(self, pace: RateLimiter, *, begun: bool) -> None:
        self._pace = pace
        self._begun = begun
        self._sent_at = 0.0
        self._inside = False

    async def begin(self) -> None:
        """Wait until a request may be sent."""
        self._sent_at = await self._pace.enter(begun=self._begun)
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
