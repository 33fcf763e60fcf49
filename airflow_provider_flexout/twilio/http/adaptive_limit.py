"""How many requests a second Twilio takes: found by sending, remembered, and shared with others.

Arithmetic only; who waits and how is said in :mod:`~airflow_provider_flexout.twilio.http.rate_limiter`.
It holds in all threads of a process at once: an account has one limit, however many event loops send to it.

Twilio tells nobody its limits in advance, it answers 429 (20429, 45010). Until the first of those,
nothing is held back. Then the rate follows the cubic curve of RFC 9438, which TCP uses for the same
question: down by 7% at a refusal, quickly back to just below where the refusal came, some seconds
around that, and from there on ever faster upwards until the next refusal. Because the climb is the same
for all and the fall is in proportion, clients that share one limit come to share it evenly.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.settings import Settings

_KEPT_OF_RATE = 0.93
_CLIMB = 0.05
"""Requests per second, per cubic second: back at 30 a second after 3.5 s, at 500 after 9 s."""

_LOWEST = 1.0
_WINDOW = 1.0
"""Seconds: what a rate is counted over, and the time between two cuts, since Twilio counts so too."""

_LONGEST_HOLD = 60.0
"""Seconds; whatever Twilio asks for, it is asked again then."""

_CREDIT = 0.05
"""Seconds of sending that may be made up for, so that a late timer costs no rate."""


class Pacer:
    """Moments to send at, one after the other at a rate."""

    def __init__(self) -> None:
        self._next_at = 0.0

    def reserve(self, now: float, rate: float) -> float:
        """Take the next moment, and say how many seconds it is away.

        :param now: seconds of the clock that is always given.
        :param rate: moments a second.
        """
        at = max(now, self._next_at)
        self._next_at = max(self._next_at, at - _CREDIT) + 1 / rate
        return at - now


class AdaptiveRateLimit:
    """The requests that Twilio takes of one account. All times are seconds of one clock."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # held for sums only, so that no event loop waits for another
        self._ceiling: float | None = None
        self._counted = False
        self._cut_at = 0.0
        self._silent_until = 0.0
        self._pacer = Pacer()
        self._taken: deque[float] = deque()

    def rate(self, now: float) -> float | None:
        """Say how many requests a second may be sent; ``None`` when no limit is known."""
        with self._lock:
            if self._ceiling is None:
                return None
            back: float = (self._ceiling * (1 - _KEPT_OF_RATE) / _CLIMB) ** (1 / 3)
            return max(_LOWEST, self._ceiling + _CLIMB * (now - self._cut_at - back) ** 3)

    def reserve(self, now: float) -> float:
        """Count a request that is to be sent, and say how many seconds it has to wait.

        Who books first sends first, whatever thread they wait in.
        """
        with self._lock:
            silence, rate = self.blocked_for(now), self.rate(now)
            return silence if rate is None else silence + self._pacer.reserve(now + silence, rate)

    def blocked_for(self, now: float) -> float:
        """Say for how many seconds Twilio wants nothing sent, even of what is booked."""
        return max(0.0, self._silent_until - now)

    def record_success(self, now: float) -> None:
        """Count a request that Twilio took."""
        with self._lock:
            self._taken.append(now)
            taken = self._taken_lately(now)
            if self._counted and now < self._cut_at + _WINDOW:
                # The answers of those that were sent at the same time as the refused one.
                self._ceiling = max(self._ceiling or 0.0, taken)

    def record_rate_limited(self, sent_at: float, now: float, retry_after: float | None = None) -> None:
        """Count a request that Twilio refused as one too many.

        Those that were sent before the rate was cut, or hardly after, say nothing about the new rate.

        :param retry_after: seconds to send nothing, where Twilio said so.
        """
        with self._lock:
            if retry_after is not None:
                self._silent_until = max(self._silent_until, now + min(retry_after, _LONGEST_HOLD))
            if self._ceiling is None or sent_at >= self._cut_at + _WINDOW:
                self._ceiling = max(_LOWEST, self._refused_at(now))
                self._cut_at = now

    def _refused_at(self, now: float) -> float:
        rate, ceiling, taken = self.rate(now), self._ceiling, self._taken_lately(now)
        # Nobody knows the rate yet, or it was long not made use of: what was taken is what is known.
        self._counted = rate is None or rate > 2 * (taken + 1)
        if rate is None or self._counted:
            return taken
        if ceiling is not None and rate < ceiling:
            return rate * (1 + _KEPT_OF_RATE) / 2  # others have come: leave them room
        return rate

    def _taken_lately(self, now: float) -> float:
        while self._taken and self._taken[0] <= now - _WINDOW:
            self._taken.popleft()
        return len(self._taken) / _WINDOW


_shared: WeakValueDictionary[tuple[str, str], AdaptiveRateLimit] = WeakValueDictionary()
_sharing = threading.Lock()


def shared_rate_limit(settings: Settings) -> AdaptiveRateLimit:
    """Find the budget that everybody in this process shares who sends as one account to one place.

    It lasts as long as somebody holds it.

    :param settings: whose, and where; neither secrets nor edges make a difference.
    """
    with _sharing:
        return _shared.setdefault((settings.account, settings.hosts.home), AdaptiveRateLimit())
