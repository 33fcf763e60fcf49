"""The moment at which a request under way must be over, even if its response is still arriving."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Deadlines:
    """Ends the requests of one client that take too long.

    One thread watches all of them, from the first request on and for as long as there are any: a thread for
    each request would cost half as much CPU as the request. The thread is not told of changes. All requests
    may take equally long, so a new one is never due before those that the thread knows of, and it finds a
    finished one gone when its moment has come.

    :param seconds: that a request may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[int, tuple[float, Callable[[], None]]] = {}  # in the order of their moments
        self._keys = itertools.count()
        self._lock = threading.Condition()
        self._thread: threading.Thread | None = None

    def begin(self, end: Callable[[], None]) -> int:
        """Watch a request that begins now.

        :param end: called in another thread once the request has taken too long.
        :return: A key for the other methods.
        """
        with self._lock:
            key = next(self._keys)
            self._under_way[key] = time.monotonic() + self._seconds, end
            # In a process that was forked while the thread lived, there is none.
            if not (self._thread and self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, daemon=True, name="flexout-deadlines")
                self._thread.start()
        return key

    def has_passed(self, key: int) -> bool:
        """Say whether a request was ended because it took too long.

        :param key: what :meth:`begin` gave.
        """
        with self._lock:
            return key not in self._under_way

    def end(self, key: int) -> None:
        """Stop watching a request, which is over.

        :param key: what :meth:`begin` gave.
        """
        with self._lock:
            self._under_way.pop(key, None)

    def close(self) -> None:
        """End the thread. The next request starts another one."""
        with self._lock:
            self._under_way.clear()
            self._lock.notify()

    def _run(self) -> None:
        with self._lock:
            while self._under_way:
                key, (moment, end) = next(iter(self._under_way.items()))
                if (left := moment - time.monotonic()) > 0:
                    self._lock.wait(left)
                else:
                    del self._under_way[key]
                    end()
            self._thread = None
