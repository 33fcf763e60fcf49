"""How many requests a second Twilio accepts: found by sending, remembered, and shared.

Twilio tells nobody its limits in advance; it refuses what is too much (HTTP 429, or the codes 20429 and
45010). Its limits are per resource: a search among tasks is taken three times a second, a conversation is
made thirty times. So each operation has a limit of its own, and what one is refused does not slow the others.

Until the first refusal nothing is held back. From then on the rate follows the cubic curve of RFC 9438, by
which TCP finds out the same about a network:

* At a refusal, the rate at that moment becomes the *ceiling*, and the rate falls to 93% of it.
* It returns to the ceiling quickly at first and ever slower, stays near it for some seconds, and then rises
  ever faster, to find out whether the limit is higher by now. The next refusal starts this anew.
* All clients climb by the same number of requests while each falls in proportion to its rate, so clients in
  several processes that share one limit come to share it evenly.
* A refusal below the ceiling means that others have come. The ceiling is then set lower than the rate, to
  leave them room.
* A refused request that was sent before the last cut, or within a second of it, says nothing about the new
  rate, and does not cut it again.
* When the rate was unknown, or was not made use of, it says nothing about the limit. Then the requests that
  Twilio accepted within the last second are counted instead.

This is arithmetic only; :mod:`~airflow_provider_flexout.twilio.http.limits.rate_limiter` waits. It holds for
all threads of a process: an account has one limit, however many event loops send to it.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from airflow_provider_flexout.twilio.http.timing import MAX_RETRY_AFTER

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.settings import Settings

_DECREASE: Final = 0.93
"""The share of the rate that is left after a refusal."""

_CLIMB: Final = 0.05
"""Requests per second, per cubic second: back at 30 a second after 3.5 s, at 500 after 9 s."""

_MIN_RATE: Final = 1.0
"""Requests per second that are tried in any case."""

_PERIOD: Final = 1.0
"""Seconds over which accepted requests are counted, and between two cuts. Twilio counts by the second."""

_CATCH_UP: Final = 0.05
"""Seconds of sending that may be made up for, so that a late timer costs no rate."""


class Pacer:
    """Moments to send at, one after the other at a rate."""

    def __init__(self) -> None:
        self._next_at = 0.0

    def reserve(self, now: float, rate: float) -> float:
        """Take the next moment, and say how many seconds it is away.

        :param now: seconds, always of the same clock.
        :param rate: moments per second.
        """
        at = max(now, self._next_at)
        self._next_at = max(self._next_at, at - _CATCH_UP) + 1 / rate
        return at - now


class AdaptiveRateLimit:
    """The requests per second that Twilio accepts of one operation. All times are seconds of one clock."""

    def __init__(self) -> None:
        # Held for arithmetic only, so that no event loop waits for another. Reentrant, since methods use
        # each other.
        self._lock = threading.RLock()
        self._ceiling: float | None = None
        self._ceiling_is_counted = False
        self._cut_at = 0.0
        self._blocked_until = 0.0
        self._pacer = Pacer()
        self._accepted: deque[float] = deque()

    def rate(self, now: float) -> float | None:
        """Say how many requests per second may be sent; ``None`` while no limit is known.

        :param now: the time.
        """
        with self._lock:
            if self._ceiling is None:
                return None
            # The curve is at the ceiling after so many seconds, which makes it 93% of that at the cut.
            back: float = (self._ceiling * (1 - _DECREASE) / _CLIMB) ** (1 / 3)
            return max(_MIN_RATE, self._ceiling + _CLIMB * (now - self._cut_at - back) ** 3)

    def reserve(self, now: float) -> float:
        """Reserve the moment for one request, and say how many seconds it is away.

        Whoever reserves first sends first, whatever thread they wait in.

        :param now: the time.
        """
        with self._lock:
            blocked, rate = self.blocked_for(now), self.rate(now)
            return blocked if rate is None else blocked + self._pacer.reserve(now + blocked, rate)

    def blocked_for(self, now: float) -> float:
        """Say for how many seconds Twilio wants nothing sent, not even what has a reserved moment.

        :param now: the time.
        """
        return max(0.0, self._blocked_until - now)

    def record_accepted(self, now: float) -> None:
        """Count a request that Twilio accepted.

        :param now: the time.
        """
        with self._lock:
            self._accepted.append(now)
            accepted = self._accepted_lately(now)
            if self._ceiling_is_counted and now < self._cut_at + _PERIOD:
                # The response to a request that was sent together with the refused one, and counts as well.
                self._ceiling = max(self._ceiling or 0.0, accepted)

    def record_rate_limited(self, sent_at: float, now: float, retry_after: float | None = None) -> None:
        """Count a request that Twilio refused as one too many.

        :param sent_at: when it was sent.
        :param now: the time.
        :param retry_after: seconds for which Twilio wants nothing sent; ``None`` where it did not say.
        """
        with self._lock:
            if retry_after is not None:
                blocked_until = now + min(retry_after, MAX_RETRY_AFTER)
                self._blocked_until = max(self._blocked_until, blocked_until)
            if self._ceiling is None or sent_at >= self._cut_at + _PERIOD:
                self._ceiling = max(_MIN_RATE, self._new_ceiling(now))
                self._cut_at = now

    def _new_ceiling(self, now: float) -> float:
        rate, ceiling, accepted = self.rate(now), self._ceiling, self._accepted_lately(now)
        self._ceiling_is_counted = rate is None or rate > 2 * (accepted + 1)
        if rate is None or self._ceiling_is_counted:
            return accepted
        if ceiling is not None and rate < ceiling:
            return rate * (1 + _DECREASE) / 2  # others have come
        return rate

    def _accepted_lately(self, now: float) -> float:
        while self._accepted and self._accepted[0] <= now - _PERIOD:
            self._accepted.popleft()
        return len(self._accepted) / _PERIOD


class RateLimits:
    """What Twilio accepts of one account, operation by operation."""

    def __init__(self) -> None:
        self._by_operation: dict[str, AdaptiveRateLimit] = {}

    def of(self, operation: str) -> AdaptiveRateLimit:
        """Give the limit of an operation.

        :param operation: Twilio's name of it, for example ``CreateConversation``.
        """
        return self._by_operation.setdefault(operation, AdaptiveRateLimit())


_shared: WeakValueDictionary[tuple[str, str], RateLimits] = WeakValueDictionary()
_shared_lock = threading.Lock()


def shared_rate_limits(settings: Settings) -> RateLimits:
    """Find the limits that all clients in this process share that send as one account to one place.

    They last as long as somebody holds them.

    :param settings: whose, and where. Neither secrets nor edges make a difference.
    """
    with _shared_lock:
        return _shared.setdefault((settings.account, settings.hosts.limit_scope), RateLimits())
