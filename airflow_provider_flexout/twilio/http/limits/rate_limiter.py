"""When requests may be sent: so many a second, so many at once, and what has begun before what has not.

A request needs a permit. To get one it waits for three things, one request at a time, in the order of asking:

1. a free place among the ``concurrency`` requests that may be under way;
2. the next moment at the limiter's own ``rate``, where it has one;
3. the next moment at the rate that Twilio accepts, which
   :mod:`~airflow_provider_flexout.twilio.http.limits.adaptive_limit` finds and all
   clients of an account share.

Requests with priority stand in that line directly. Of those without, only one at a time does: the others
wait for it. At a low rate, few procedures are then half done, and each is done soon. Were all in one line, a
procedure would wait for all others once with each of its requests.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from airflow_provider_flexout.twilio.http.limits.adaptive_limit import AdaptiveRateLimit, Pacer
from airflow_provider_flexout.twilio.http.timing import MAX_CONCURRENCY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class RateLimiter:
    """Gives permits to everything that uses it, in one event loop.

    :param rate: requests per second at most; ``None`` leaves it to what Twilio accepts.
    :param concurrency: requests under way at most.
    :param adaptive_limit: what Twilio accepts, shared with others in this process; one of its own by default.
    :param clock: gives seconds, on the clock of ``adaptive_limit``.
    :param sleep: what waits, in seconds.
    """

    def __init__(
        self,
        rate: float | None = None,
        concurrency: int = MAX_CONCURRENCY,
        *,
        adaptive_limit: AdaptiveRateLimit | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.adaptive_limit = adaptive_limit or AdaptiveRateLimit()
        self._max_rate = rate
        self._pacer = Pacer()
        self._places = asyncio.Semaphore(concurrency)
        self._without_priority = asyncio.Lock()
        self._line = asyncio.Lock()
        self._clock = clock
        self._sleep = sleep
        self.rate_limited = 0
        """How often Twilio has refused a request as one too many."""

    @property
    def rate(self) -> float | None:
        """Requests per second that may be sent now; ``None`` while no limit is known."""
        rates = [self._max_rate, self.adaptive_limit.rate(self._clock())]
        return min((rate for rate in rates if rate is not None), default=None)

    def permit(self, *, priority: bool = False) -> Permit:
        """Make a permit for one call, which is acquired anew for each of its requests.

        :param priority: see :meth:`acquire`.
        """
        return Permit(self, priority=priority)

    async def acquire(self, *, priority: bool = False) -> float:
        """Wait until a request may be sent, and give the time. The place has to be released again.

        :param priority: whether the request continues a procedure that has already sent one.
        """
        if priority:
            return await self._acquire()
        async with self._without_priority:
            return await self._acquire()

    async def _acquire(self) -> float:
        async with self._line:
            await self._places.acquire()
            try:
                await self._wait_for_rate()
            except BaseException:  # cancelled: the place is for somebody else
                self._places.release()
                raise
            return self._clock()

    async def _wait_for_rate(self) -> None:
        if self._max_rate is not None:
            wait = self._pacer.reserve(self._clock(), self._max_rate)
            if wait > 0:
                await self._sleep(wait)
        wait = self.adaptive_limit.reserve(self._clock())
        while wait > 0:
            await self._sleep(wait)
            # Meanwhile Twilio may have asked somebody else to send nothing for a while.
            wait = self.adaptive_limit.blocked_for(self._clock())

    def release(self, *, accepted: bool) -> None:
        """Give the place to the next.

        :param accepted: whether Twilio accepted the request as within its limit.
        """
        self._places.release()
        if accepted:
            self.adaptive_limit.record_accepted(self._clock())

    def record_rate_limited(self, sent_at: float, retry_after: float | None) -> None:
        """Slow down for all.

        :param sent_at: when the request was sent that was one too many.
        :param retry_after: seconds for which Twilio wants nothing sent; ``None`` where it did not say.
        """
        self.rate_limited += 1
        self.adaptive_limit.record_rate_limited(sent_at, self._clock(), retry_after)


class Permit:
    """One call's place among the requests that are under way; the call has none between its attempts.

    :param limiter: gives the places.
    :param priority: see :meth:`RateLimiter.acquire`.
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
        """Give the place back, if one is held.

        :param accepted: whether Twilio accepted the request as within its limit.
        """
        if self._held:
            self._held = False
            self._limiter.release(accepted=accepted)

    def record_rate_limited(self, retry_after: float | None) -> None:
        """Report that Twilio refused the last request as one too many.

        :param retry_after: seconds for which Twilio wants nothing sent; ``None`` where it did not say.
        """
        self._limiter.record_rate_limited(self._sent_at, retry_after)
