"""An event loop in a thread of its own, so that a timeout interrupts the task.

Airflow raises a task's timeout in the main thread, wherever that is. In a callback of an event loop, the
exception would only be logged; in one of many coroutines, it would end that coroutine alone. In both cases
the task would go on.
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
"""Seconds; Airflow kills a task five seconds after it told it to end."""
_SIGNALS_EVERY = 1.0
"""Seconds after which the main thread looks whether a signal has come, since no other thread handles one. A
signal does not wake it if it comes just before the wait begins, or if another thread is given it."""


def in_a_loop(work: Callable[[], Coroutine[Any, Any, T]], stop: Callable[[], None]) -> T:
    """Run a coroutine; return what it returns, or raise what it raises.

    :param work: makes the coroutine.
    :param stop: makes it end soon; may be called from any thread. It is called when this thread is
        interrupted. The interruption is then raised, after four seconds at most.
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
        while not done.done():
            wait([done], _SIGNALS_EVERY)
        return done.result()
    except BaseException:
        if not done.done():
            stop()
            wait([done], _GRACE)
        raise
