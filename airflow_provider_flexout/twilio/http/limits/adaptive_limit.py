"""How many requests a second Twilio accepts: found by sending, remembered, and shared.

Twilio tells nobody its limits in advance; it refuses what is too much (HTTP 429, or the codes 20429 and
45010). Its limits are per resource: a search among tasks is taken three times a second, a conversation is
made thirty times. So each operation has a limit of its own, and what one is refused does not slow the others.

Until the first refusal nothing is held back. From then on the rate follows additive increase and
multiplicative decrease, by which clients that do not know of each other come to share a line evenly (Chiu and
Jain 1989, "Analysis of the increase and decrease algorithms for congestion avoidance in computer networks"):

* Between refusals all clients add the same to their rates, and each refusal takes the same share of the rate.
  A client that sends more is refused more often, and loses more each time. So of four clients that share 30
  requests a second, each halves its distance to the others about every four seconds. That takes refusals: a
  fifth of what these four send, and a twentieth of what one of them sends when it is alone.
* Clients that share a limit are refused almost every second; a client by itself is not. After a second
  without a refusal the rate therefore also rises with the cube of the time, as in RFC 9438, so that what
  others have left, or Twilio has added, is found in some seconds.
* Every refusal counts, since how many they are is all that a client knows of the others. But a server that
  counts by the second refuses everything at the end of a second at once. What Twilio accepted within the last
  second it will accept again, so no refusal lowers the rate to less than 95% of that.
* A low rate is increased in proportion to itself: where Twilio takes three a second, few are refused.
* A rate that was unknown, or not used up, says nothing about the limit. Then what Twilio accepted within the
  last second counts in its place, and other refusals within the next second belong to the same surplus.

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

_INCREASE: Final = 0.5
"""Requests per second, per second."""

_LOW_RATE: Final = 6.0
"""Requests per second, below which the increase is in proportion to the rate."""

_CLIMB: Final = 0.05
"""Requests per second, per cubic second without a refusal: 22 more after 8.6 s."""

_CLIMBS_AFTER: Final = 1.0
"""Seconds without a refusal, after which the rate climbs so."""

_SURE: Final = 0.95
"""The share of what was accepted within the last second to which a refusal lowers the rate at most."""

_MIN_RATE: Final = 1.0
"""Requests per second that are tried in any case."""

_PERIOD: Final = 1.0
"""Seconds over which accepted requests are counted. Twilio counts by the second."""

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
        self._last_rate: float | None = None
        self._changed_at = 0.0
        self._counted_at = float("-inf")
        self._blocked_until = 0.0
        self._pacer = Pacer()
        self._accepted: deque[float] = deque()

    def rate(self, now: float) -> float | None:
        """Say how many requests per second may be sent; ``None`` while no limit is known.

        :param now: the time.
        """
        with self._lock:
            if self._last_rate is None:
                return None
            passed = now - self._changed_at
            added = _INCREASE * min(1.0, self._last_rate / _LOW_RATE) * passed
            climbed: float = _CLIMB * max(0.0, passed - _CLIMBS_AFTER) ** 3
            return self._last_rate + added + climbed

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
            counted = self._accepted_lately(now) * _DECREASE
            if now < self._counted_at + _PERIOD and counted > (self._last_rate or 0.0):
                # The response to a request that was sent together with the refused one, and counts as well.
                self._change_rate(counted, now)

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
            if sent_at < self._counted_at + _PERIOD:
                return
            rate, accepted = self.rate(now), self._accepted_lately(now)
            if rate is None or rate > 2 * (accepted + 1):
                self._counted_at = now
                self._change_rate(accepted * _DECREASE, now)
            else:
                self._change_rate(min(rate, max(rate * _DECREASE, accepted * _SURE)), now)

    def _change_rate(self, rate: float, now: float) -> None:
        self._last_rate, self._changed_at = max(_MIN_RATE, rate), now

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
    """Find the limits shared by all clients in this process that send as one account to one place.

    They last as long as somebody holds them.

    :param settings: whose, and where. Neither secrets nor edges make a difference.
    """
    with _shared_lock:
        return _shared.setdefault((settings.account, settings.hosts.limit_scope), RateLimits())
