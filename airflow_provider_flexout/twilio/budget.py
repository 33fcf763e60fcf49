"""How many requests a second Twilio takes: found by sending, remembered, and shared with others.

Arithmetic only; who waits and how is said in :mod:`~airflow_provider_flexout.twilio.pace`.

Twilio tells nobody its limits in advance, it answers 429 (20429, 45010). Until the first of those,
nothing is held back. Then the rate follows the cubic curve of RFC 9438, which TCP uses for the same
question: down by 7% at a refusal, quickly back to just below where the refusal came, some seconds
around that, and from there on ever faster upwards until the next refusal. Because the climb is the same
for all and the fall is in proportion, clients that share one limit come to share it evenly.
"""

from __future__ import annotations

from collections import deque

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


class Budget:
    """The requests of one client of Twilio, in time. All times are seconds of one clock.

    :param rate: requests per second at most; ``None`` leaves it to what Twilio takes.
    """

    def __init__(self, rate: float | None = None) -> None:
        self._most = rate
        self._ceiling: float | None = None
        self._counted = False
        self._cut_at = 0.0
        self._next_at = 0.0
        self._not_before = 0.0
        self._taken: deque[float] = deque()
        self.refusals = 0

    def rate(self, now: float) -> float | None:
        """Say how many requests a second may be sent; ``None`` when no limit is known."""
        if self._ceiling is None:
            return self._most
        back: float = (self._ceiling * (1 - _KEPT_OF_RATE) / _CLIMB) ** (1 / 3)
        found: float = max(_LOWEST, self._ceiling + _CLIMB * (now - self._cut_at - back) ** 3)
        return found if self._most is None else min(found, self._most)

    def wait(self, now: float) -> float:
        """Say how many seconds the next request has to wait."""
        return max(self._next_at, self._not_before) - now

    def send(self, now: float) -> None:
        """Count a request that is sent."""
        rate = self.rate(now)
        if rate is not None:
            self._next_at = max(self._next_at, now - _CREDIT) + 1 / rate

    def succeeded(self, now: float) -> None:
        """Count a request that Twilio took."""
        self._taken.append(now)
        taken = self._taken_lately(now)
        if self._counted and now < self._cut_at + _WINDOW:
            # The answers of those that were sent at the same time as the refused one.
            self._ceiling = max(self._ceiling or 0.0, taken)

    def refused(self, sent_at: float, now: float, retry_after: float | None = None) -> None:
        """Count a request that Twilio refused as one too many.

        Those that were sent before the rate was cut, or hardly after, say nothing about the new rate.

        :param retry_after: seconds to send nothing, where Twilio said so.
        """
        self.refusals += 1
        if retry_after is not None:
            self._not_before = max(self._not_before, now + min(retry_after, _LONGEST_HOLD))
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
