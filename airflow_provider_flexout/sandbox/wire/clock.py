"""The sandbox's own time, and the events that are scheduled in it.

Nothing else in the sandbox reads the computer's clock. Scheduled events (an agent accepts, a receipt arrives)
are kept in a heap. They are run in order, each at its own time, before a request is handled, before a view is
read, and while the clock is advanced. There is no background thread.
"""

from __future__ import annotations

import heapq
import re
import time
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

__all__ = ["Clock", "Duration", "http_date", "iso", "seconds"]

Duration = str | int | float | timedelta
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_FASTEST: Final = 3600.0
_LONGEST: Final = 36_525 * 86_400.0
_LAST: Final = datetime(9800, 1, 1, tzinfo=timezone.utc).timestamp()  # dates end 199 years later
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)")


def seconds(duration: Duration) -> float:
    """Return a duration in seconds.

    :param duration: seconds as a number, a timedelta, or text: ``"90s"``, ``"10m"``, ``"2h"``, ``"3d"``.
    :raises ValueError: if it is negative or can't be read.
    """
    if isinstance(duration, timedelta):
        value = duration.total_seconds()
    elif isinstance(duration, str):
        match = _DURATION.fullmatch(duration.strip())
        if match is None:
            raise ValueError(f"{duration!r:.40} is not a duration: write 90s, 10m, 2h or 3d")
        value = float(match[1]) * _UNITS[match[2]]
    elif isinstance(duration, (int, float)) and not isinstance(duration, bool):
        value = duration
    else:
        raise ValueError(f"{duration!r:.40} is not a duration: write 90s, 10m, 2h or 3d")  # noqa: TRY004 - it came in JSON
    if not 0 <= value <= _LONGEST:
        raise ValueError(f"{duration!r:.40} is not a duration: it must be between 0 and a hundred years")
    return float(value)


@lru_cache(maxsize=4096)
def _iso(second: int) -> str:
    return datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso(moment: float) -> str:
    """Return a moment as Twilio writes dates: ISO 8601, whole seconds, Z.

    :param moment: seconds since the epoch.
    """
    return _iso(int(moment))


@lru_cache(maxsize=64)
def http_date(second: int) -> str:
    """Return a moment in the format of HTTP's ``Date`` header.

    :param second: seconds since the epoch.
    """
    return formatdate(second, usegmt=True)


class Clock:
    """The sandbox's clock.

    :param lock: held while time moves, so that tests may move it from another thread than the server's.
    :param frozen: time stands still unless it is advanced; otherwise it flows as real time does.
    :param start: where to begin; now, if left out.
    """

    __slots__ = (
        "_anchor",
        "_count",
        "_frozen",
        "_heap",
        "_lock",
        "_pinned_at",
        "_reading",
        "_running_at",
        "_speed",
        "handlers",
    )

    def __init__(self, lock: RLock, *, frozen: bool = False, start: datetime | None = None) -> None:
        self._lock = lock
        self._frozen = frozen
        self._speed = 1.0
        self._reading = start.timestamp() if start is not None else time.time()
        self._anchor = time.monotonic()
        self._running_at: float | None = None
        self._pinned_at: float | None = None
        self._heap: list[tuple[float, int, str, tuple[Any, ...]]] = []
        self._count = 0
        self.handlers: dict[str, Callable[..., None]] = {}

    @property
    def frozen(self) -> bool:
        """Whether time stands still unless it is advanced."""
        return self._frozen

    @property
    def speed(self) -> float:
        """How many of its seconds pass in a real one, while it flows."""
        return self._speed

    @property
    def set_to(self) -> float:
        """The moment to which it was last set: by stopping, resuming or advancing it."""
        return self._reading

    def time(self) -> float:
        """Return the time, in seconds since the epoch; while an event runs, that event's own time."""
        if self._running_at is not None:
            return self._running_at
        if self._pinned_at is not None:
            return self._pinned_at
        if self._frozen:
            return self._reading
        return self._reading + (time.monotonic() - self._anchor) * self._speed

    def now(self) -> datetime:
        """Return the sandbox's time, aware, in UTC."""
        return datetime.fromtimestamp(self.time(), timezone.utc)

    def freeze(self) -> None:
        """Stop the clock: from now on, time moves by :meth:`advance` only."""
        with self._lock:
            self._set(self.time(), frozen=True)

    def resume(self, speed: float | None = None) -> None:
        """Let time flow again.

        :param speed: how many of its seconds pass in a real one, above 0 and up to 3,600; as before, if
            left out.
        """
        self.check_speed(speed)
        with self._lock:
            self._set(self.time(), frozen=False)
            self._speed = self._speed if speed is None else float(speed)

    @staticmethod
    def check_speed(speed: float | None) -> None:
        """Refuse a speed that :meth:`resume` does not take.

        :param speed: the speed.
        :raises ValueError: if it is no such number.
        """
        is_number = isinstance(speed, (int, float)) and not isinstance(speed, bool)
        if speed is not None and not (is_number and 0 < speed <= _FASTEST):
            raise ValueError(f"speed is a number above 0 and up to {_FASTEST:,.0f}, not {speed!r:.40}")

    def target(self, by: Duration) -> float:
        """Return the moment to which :meth:`advance` leads, in seconds since the epoch.

        :param by: a duration.
        :raises ValueError: if it can't be read, or leads too far.
        """
        target = self.time() + seconds(by)
        if target > _LAST:
            raise ValueError("the clock can't be moved beyond the year 9800")
        return target

    def restart(self) -> None:
        """Return to the present, and flow. Scheduled events are forgotten."""
        with self._lock:
            self.clear()
            self.place(time.time(), frozen=False, speed=1.0)

    def advance(self, by: Duration) -> datetime:
        """Move time on, and run the events that fall due on the way, each at its own time.

        :param by: a duration.
        :return: the new time.
        """
        with self._lock:
            target = self.target(by)
            self._run_until(target)
            self._set(target, frozen=self._frozen)
            return self.now()

    def run_due(self) -> None:
        """Run the events that have fallen due."""
        if self._heap and self._running_at is None:
            with self._lock:
                self._run_until(self.time())

    def schedule(self, delay: float, kind: str, *args: object) -> None:
        """Schedule an event.

        :param delay: seconds from now.
        :param kind: the name of its handler.
        :param args: what the handler is called with.
        """
        self._count += 1
        heapq.heappush(self._heap, (self.time() + delay, self._count, kind, args))

    def pin(self, at: float | None = None) -> None:
        """Run what has fallen due, and stand still until :meth:`unpin`: a request happens at one moment.

        :param at: the moment, in seconds since the epoch; the present one, if left out.
        """
        moment = self.time() if at is None else at
        self._run_until(moment)
        self._pinned_at = moment

    def unpin(self) -> None:
        """Flow again, or stand still as before, after :meth:`pin`."""
        self._pinned_at = None

    def place(self, reading: float, *, frozen: bool, speed: float) -> None:
        """Set the clock to a moment; no event is run.

        :param reading: seconds since the epoch.
        :param frozen: whether it stands still there.
        :param speed: how many of its seconds pass in a real one, while it flows.
        """
        self._set(reading, frozen=frozen)
        self._speed = speed

    def clear(self) -> None:
        """Forget all scheduled events."""
        self._heap.clear()

    def _set(self, reading: float, *, frozen: bool) -> None:
        self._reading, self._anchor, self._frozen = reading, time.monotonic(), frozen
        if self._pinned_at is not None:
            self._pinned_at = reading

    def _run_until(self, until: float) -> None:
        heap = self._heap
        try:
            while heap and heap[0][0] <= until:
                due, _, kind, args = heapq.heappop(heap)
                self._running_at = due
                self.handlers[kind](*args)
        finally:
            self._running_at = None
