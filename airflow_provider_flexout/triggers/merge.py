"""Several streams as one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

T = TypeVar("T")


async def merge(*streams: AsyncIterator[T]) -> AsyncIterator[T]:
    """Yield what any of some streams yields, as it comes, until one of them ends.

    :param streams: what is read at the same time; one element of each is read ahead.
    :raises Exception: what one of them raises.
    """
    waiting = {asyncio.ensure_future(_next(one)): one for one in streams}
    try:
        while True:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                stream = waiting.pop(task)
                found = task.result()
                if not found:
                    return
                waiting[asyncio.ensure_future(_next(stream))] = stream
                yield found[0]
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for stream in streams:
            close: Any = getattr(stream, "aclose", None)
            if close:
                await close()


async def _next(stream: AsyncIterator[T]) -> tuple[T] | None:
    """Give the next element in a tuple; ``None`` where there is none."""
    async for element in stream:
        return (element,)
    return None
