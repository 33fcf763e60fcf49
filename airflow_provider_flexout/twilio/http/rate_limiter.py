"""Waiting for one's turn: so many requests a second, so many at once, what is begun before what is not."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from airflow_provider_flexout.twilio.http.adaptive_limit import AdaptiveRateLimit, Pacer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class RateLimiter:
    """Turns for everything that uses it, in one event loop; what Twilio takes is known to a adaptive_limit.

    :param rate: requests per second at most; ``None`` leaves it to what Twilio takes.
    :param concurrency: requests under way at most.
    :param adaptive_limit: what Twilio takes, shared with others in this process; one of its own, if left out.
    :param clock: seconds; the budget's.
    :param sleep: what waits, in seconds.
    """

    def __init__(
        self,
        rate: float | None = None,
        concurrency: int = 100,
        *,
        adaptive_limit: AdaptiveRateLimit | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.adaptive_limit = adaptive_limit or AdaptiveRateLimit()
        self._most = rate
        self._pacer = Pacer()
        self._places = asyncio.Semaphore(concurrency)
        self._line = asyncio.Lock()
        self._head = asyncio.Lock()
        self._clock = clock
        self._sleep = sleep
        self.rate_limited = 0
        """How often Twilio has said that it was one too many."""

    @property
    def rate(self) -> float | None:
        """Requests per second that may be sent now; ``None`` while no limit is known."""
        rates = [rate for rate in (self._most, self.adaptive_limit.rate(self._clock())) if rate is not None]
        return min(rates, default=None)

    def permit(self, *, priority: bool = False) -> Permit:
        """Prepare for one request after the other of one call.

        :param priority: whether it goes on with what others have begun.
        """
        return Permit(self, priority=priority)

    async def acquire(self, *, priority: bool = False) -> float:
        """Wait for a place and for the time, and give the time; the place has to be left again.

        :param priority: whether the request continues a procedure that has already sent one. Of the rest,
            only one at a time stands in line with those: a procedure that has begun would otherwise wait as
            many rounds as it has requests.
        """
        if priority:
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
        if self._most is not None and (wait := self._pacer.reserve(self._clock(), self._most)) > 0:
            await self._sleep(wait)
        wait = self.adaptive_limit.reserve(self._clock())
        while wait > 0:
            await self._sleep(wait)
            wait = self.adaptive_limit.blocked_for(
                self._clock()
            )  # which may have been asked for in the meantime

    def release(self, *, accepted: bool) -> None:
        """Give the place to the next.

        :param accepted: whether Twilio took the request.
        """
        self._places.release()
        if accepted:
            self.adaptive_limit.record_success(self._clock())

    def record_rate_limited(self, sent_at: float, retry_after: float | None) -> None:
        """Slow down for all.

        :param sent_at: when the request was sent that was one too many.
        :param retry_after: seconds to send nothing, where Twilio said so.
        """
        self.rate_limited += 1
        self.adaptive_limit.record_rate_limited(sent_at, self._clock(), retry_after)


class Permit:
    """The place of one call; it has none between its tries.

    :param limiter: what it waits for.
    :param priority: whether the call goes on with what others have begun.
    """

    def __init__(self, limiter: RateLimiter, *, priority: bool) -> None:
        self._limiter = limiter
        self._priority = priority
        self._sent_at = 0.0
        self._held = False

    async def acquire(self) -> None:
        """Wait until a request may be sent."""
        self._sent_at = await self._limiter.acquire(priority=self._priority)
        self._held = True

    def release(self, *, accepted: bool = False) -> None:
        """Leave, if a place is held.

        :param accepted: whether Twilio took the request.
        """
        if self._held:
            self._held = False
            self._limiter.release(accepted=accepted)

    def record_rate_limited(self, retry_after: float | None) -> None:
        """Report that the last request was one too many.

        :param retry_after: seconds to send nothing, where Twilio said so.
        """
        self._limiter.record_rate_limited(self._sent_at, retry_after)
