"""The part of an account's request budget that waits may use.

A wait's own requests may come late: they only read, and find the same a minute later. Somebody does wait for
what tasks send. Both may meet the same limit of Twilio's, and a task in another process cannot say that it is
there. So waits use only a part: a fixed rate at most, few requests under way, and half of their rate after
each refusal. From there the rate rises evenly for half a minute, where
:mod:`~airflow_provider_flexout.twilio.http.limits.adaptive_limit` would be back at the limit within seconds.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from airflow_provider_flexout.twilio.http.limits.rate_limiter import RateLimiter
from airflow_provider_flexout.twilio.http.timing import (
    POLL_CONCURRENCY,
    POLL_RECOVERY,
    POLLS_PER_SECOND,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from airflow_provider_flexout.twilio.http.limits.adaptive_limit import RateLimits

_MIN_RATE = 1.0
"""Requests per second that are tried in any case."""

_PERIOD = 1.0
"""Seconds between two cuts: what was sent before the last says nothing about the new rate."""


class PollLimiter(RateLimiter):
    """Gives permits to the requests of all waits of an account, in one event loop.

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
