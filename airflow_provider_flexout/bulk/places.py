"""How many contacts of a campaign are in progress at once, and which one resumes next."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Places:
    """Places for the contacts in progress.

    A contact that stepped aside resumes before a new one starts: what it holds, such as a lease, runs out
    while it waits.

    :param count: how many there are.
    """

    def __init__(self, count: int) -> None:
        self._free = count  # above zero only while nobody waits
        self._to_resume: deque[asyncio.Future[None]] = deque()
        self._to_start: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place within the block, for a contact that starts."""
        await self._take(self._to_start)
        try:
            yield
        finally:
            self._give()

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Let others have the place within the block."""
        self._give()
        try:
            yield
        finally:
            await self._take(self._to_resume)

    async def _take(self, queue: deque[asyncio.Future[None]]) -> None:
        if self._free:
            self._free -= 1
            return
        future = asyncio.get_running_loop().create_future()
        queue.append(future)
        try:
            await future
        except asyncio.CancelledError:
            if not future.cancelled():  # it was given the place in the same moment
                self._give()
            raise

    def _give(self) -> None:
        for queue in (self._to_resume, self._to_start):
            while queue:
                future = queue.popleft()
                if not future.cancelled():
                    future.set_result(None)
                    return
        self._free += 1
