"""A limit of so many requests per second, as a bucket that fills with time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

__all__ = ["TokenBucket"]


@dataclass(slots=True)
class TokenBucket:
    """Lets requests through at a rate, in real time unless it is told the time.

    :param per_second: how many.
    :param burst: how many at once after a rest.
    """

    per_second: float
    burst: float
    _left: float = field(init=False)
    _at: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Begin full."""
        self._left = self.burst

    def takes(self, now: float | None = None) -> bool:
        """Say whether one more goes through now, and take it if so.

        :param now: the time in seconds, always of the same clock; the computer's, if left out.
        """
        now = time.monotonic() if now is None else now
        if self._at is not None:
            self._left = min(self.burst, self._left + (now - self._at) * self.per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
