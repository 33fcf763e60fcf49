"""An event loop in a thread of its own, since what interrupts a task is lost in the main thread's.

Airflow raises a task's timeout wherever the main thread is. Within a callback of an event loop that is logged
and no more, and within one of many coroutines it ends that one only: the task would go on to its end.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

_GRACE = 4.0
"""Seconds; Airflow kills after five what it has told to end."""


def in_a_loop(work: Callable[[], Coroutine[Any, Any, T]], stop: Callable[[], None]) -> T:
    """Carry a coroutine out, and give what it returns, or raise what it raises.

    :param work: makes the coroutine.
    :param stop: lets it end soon, from any thread; called when this thread is interrupted, whose exception is
        raised then, after four seconds at most.
    """
    done: Future[T] = Future()

    def carry_out() -> None:
        try:
            done.set_result(asyncio.run(work()))
        except BaseException as error:
            done.set_exception(error)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(carry_out,), name="flexout-bulk", daemon=True).start()
    try:
        return done.result()
    except BaseException:
        if not done.done():
            stop()
            wait([done], _GRACE)
        raise
