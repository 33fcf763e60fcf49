"""When requests may be sent: how many a second, how many at once, and procedures under way first.

A request needs a permit. To get one it waits for three things:

1. the next moment at the limiter's own ``rate``, where it has one, in a line of all requests;
2. a free place among the ``concurrency`` requests that may be under way;
3. the next moment at the rate that Twilio accepts of this operation, in the operation's own line, since
   Twilio limits each by itself. :mod:`~airflow_provider_flexout.twilio.http.limits.adaptive_limit` finds that
   rate, which all clients of an account share.

Requests with priority join a line directly. Of those without, only one at a time does; the others wait for
it. So at a low rate few procedures are half done, and each is done soon. If all stood in one line, each
request of a procedure would wait for all other procedures.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import nullcontext
from typing import TYPE_CHECKING

from airflow_provider_flexout.twilio.http.limits.adaptive_limit import AdaptiveRateLimit, Pacer, RateLimits
from airflow_provider_flexout.twilio.http.timing import (
    MAX_CONCURRENCY,
    POLL_CONCURRENCY,
    POLL_RECOVERY,
    POLLS_PER_SECOND,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager


_MIN_RATE = 1.0
"""Requests per second of all waits of an account that are tried in any case."""

_PERIOD = 1.0
"""Seconds between two cuts of that rate: what was sent before the last says nothing about the new one."""

_AT_ONCE: AbstractAsyncContextManager[None] = nullcontext()


class _Line:
    """Requests that wait for the same lock. Of those without priority, only one at a time waits for it."""

    def __init__(self) -> None:
        self._without_priority = asyncio.Lock()
        self.lock = asyncio.Lock()

    def entrance(self, *, priority: bool) -> AbstractAsyncContextManager[None]:
        """Give the context manager in which a request waits for the lock and holds it."""
        return _AT_ONCE if priority else self._without_priority


class RateLimiter:
    """Gives permits to everything that uses it, in one event loop.

    :param rate: requests per second at most; ``None`` leaves it to what Twilio accepts.
    :param concurrency: requests under way at most.
    :param limits: what Twilio accepts, shared with others in this process; its own by default.
    :param clock: gives seconds, on the clock of ``limits``.
    :param sleep: what waits, in seconds.
    """

    def __init__(
        self,
        rate: float | None = None,
        concurrency: int = MAX_CONCURRENCY,
        *,
        limits: RateLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.limits = limits or RateLimits()
        self._max_rate = rate
        self._pacer, self._sent = Pacer(), Pacer()
        self._places = asyncio.Semaphore(concurrency)
        self._line = _Line()
        self._lines: defaultdict[str, _Line] = defaultdict(_Line)
        self._clock = clock
        self._sleep = sleep
        self.rate_limited = 0
        """How often Twilio has refused a request as one too many."""

    def rate(self, operation: str) -> float | None:
        """Say how many requests per second may be sent now; ``None`` while no limit is known.

        :param operation: Twilio's name of it.
        """
        rates = [self._own_rate(), self.limits.of(operation).rate(self._clock())]
        return min((rate for rate in rates if rate is not None), default=None)

    def permit(self, operation: str, *, priority: bool = False) -> Permit:
        """Make a permit for one call, which is acquired anew for each of its requests.

        :param operation: Twilio's name of what it does.
        :param priority: whether the call continues a procedure that has already sent one.
        """
        return Permit(self, operation, priority=priority)

    async def acquire(self, operation: str, *, priority: bool = False) -> float:
        """Wait until a request may be sent, and give the time. The place has to be released again.

        :param operation: as for :meth:`permit`.
        :param priority: likewise.
        """
        if self._max_rate is not None:
            async with self._line.entrance(priority=priority), self._line.lock:
                await self._wait_at_own_rate(self._pacer)
        line = self._lines[operation]
        async with line.entrance(priority=priority), line.lock:
            await self._places.acquire()
            try:
                await self._wait_for_twilio(self.limits.of(operation))
            except BaseException:  # cancelled: the place is for somebody else
                self._places.release()
                raise
            return self._clock()

    async def _wait_for_twilio(self, limit: AdaptiveRateLimit) -> None:
        wait = limit.reserve(self._clock())
        while wait > 0:
            await self._sleep(wait)
            # Meanwhile Twilio may have asked somebody else to send nothing for a while.
            wait = limit.blocked_for(self._clock())
        await self._wait_at_own_rate(self._sent)  # those that waited for Twilio may not go all at once

    async def _wait_at_own_rate(self, pacer: Pacer) -> None:
        rate = self._own_rate()
        if rate is not None and (wait := pacer.reserve(self._clock(), rate)) > 0:
            await self._sleep(wait)

    def _own_rate(self) -> float | None:
        """Say how many requests per second this limiter lets through; ``None`` for any number."""
        return self._max_rate

    def release(self, operation: str, *, accepted: bool) -> None:
        """Give the place to the next.

        :param operation: what was sent.
        :param accepted: whether Twilio accepted the request as within its limit.
        """
        self._places.release()
        if accepted:
            self.limits.of(operation).record_accepted(self._clock())

    def record_rate_limited(self, operation: str, sent_at: float, retry_after: float | None) -> None:
        """Slow down for all who send the same.

        :param operation: what was refused.
        :param sent_at: when the request was sent that was one too many.
        :param retry_after: seconds for which Twilio wants nothing sent; ``None`` where it did not say.
        """
        self.rate_limited += 1
        self.limits.of(operation).record_rate_limited(sent_at, self._clock(), retry_after)


class Permit:
    """One call's place among the requests that are under way; the call has none between its attempts.

    :param limiter: gives the places.
    :param operation: Twilio's name of what the call does.
    :param priority: see :meth:`RateLimiter.permit`.
    """

    def __init__(self, limiter: RateLimiter, operation: str, *, priority: bool) -> None:
        self._limiter = limiter
        self._operation = operation
        self._priority = priority
        self._sent_at = 0.0
        self._held = False

    async def acquire(self) -> None:
        """Wait until a request may be sent."""
        self._sent_at = await self._limiter.acquire(self._operation, priority=self._priority)
        self._held = True

    def release(self, *, accepted: bool = False) -> None:
        """Give the place back, if one is held.

        :param accepted: whether Twilio accepted the request as within its limit.
        """
        if self._held:
            self._held = False
            self._limiter.release(self._operation, accepted=accepted)

    def record_rate_limited(self, retry_after: float | None) -> None:
        """Report that Twilio refused the last request as one too many.

        :param retry_after: seconds for which Twilio wants nothing sent; ``None`` where it did not say.
        """
        self._limiter.record_rate_limited(self._operation, self._sent_at, retry_after)


class PollLimiter(RateLimiter):
    """Gives permits to the requests of all waits of an account, in one event loop.

    A wait's own requests may come late: they only read, and find the same a minute later. Somebody does wait
    for what tasks send. Both may meet the same limit of Twilio's, and a task in another process cannot say
    that it is there. So waits use only a part: a fixed rate at most, few requests under way, and half of
    their rate after each refusal. From there the rate rises evenly for half a minute, where
    :mod:`~airflow_provider_flexout.twilio.http.limits.adaptive_limit` would be back at the limit within
    seconds.

    :param limits: what Twilio accepts, shared with others in this process.
    :param clock: gives seconds, on the clock of ``limits``.
    :param sleep: what waits, in seconds.
    """

    def __init__(
        self,
        limits: RateLimits,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(POLLS_PER_SECOND, POLL_CONCURRENCY, limits=limits, clock=clock, sleep=sleep)
        self._rate_at_cut, self._cut_at = POLLS_PER_SECOND, -_PERIOD
        self._queued = 0

    async def acquire(self, operation: str, *, priority: bool = False) -> float:
        """Wait until a request may be sent, and give the time.

        :param operation: Twilio's name of what the request does.
        :param priority: whether it goes before those without priority.
        """
        self._queued += not priority
        try:
            return await super().acquire(operation, priority=priority)
        finally:
            self._queued -= not priority

    def queue_time(self) -> float:
        """Say how many seconds a request without priority would wait, as far as this is known."""
        return self._queued / self._own_rate()

    def _own_rate(self) -> float:
        risen = (self._clock() - self._cut_at) * POLLS_PER_SECOND / POLL_RECOVERY
        return min(POLLS_PER_SECOND, self._rate_at_cut + risen)

    def record_rate_limited(self, operation: str, sent_at: float, retry_after: float | None) -> None:
        """Halve the rate of all waits, and slow down all who send the same.

        :param operation: what was refused.
        :param sent_at: when the request was sent that was one too many.
        :param retry_after: seconds for which Twilio wants nothing sent; ``None`` where it did not say.
        """
        super().record_rate_limited(operation, sent_at, retry_after)
        if sent_at >= self._cut_at + _PERIOD:
            self._rate_at_cut = max(_MIN_RATE, self._own_rate() / 2)
            self._cut_at = self._clock()
