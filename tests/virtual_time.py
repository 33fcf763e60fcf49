"""An event loop in which sleeping takes no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


class _Impatient(selectors.DefaultSelector):
    """Where the loop would wait, it moves the loop's time on instead; for loops that wait for time alone."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = 0.0
        self.on_wait: Callable[[float], object] = lambda _seconds: None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout:
            self.moment += timeout
            self.on_wait(timeout)
        return ready


def run_at_once(task: Coroutine[Any, Any, R], on_wait: Callable[[float], object] = lambda _: None) -> R:
    """Run a coroutine in a loop of its own, whose time passes at once.

    :param task: the coroutine; nothing in it may wait for a network.
    :param on_wait: is told how many seconds pass.
    """
    selector = _Impatient()
    selector.on_wait = on_wait
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.moment
    try:
        return loop.run_until_complete(task)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
