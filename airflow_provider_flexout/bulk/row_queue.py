"""Rows for many workers at once."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Executor

    from airflow_provider_flexout.bulk.sources.row import BrokenRow, Header, Row

PIECE = 200
"""How many rows are read at a time; no more are held in memory."""


class RowQueue:
    """Rows for many workers, read in a thread, so that no file or database blocks the event loop.

    :param rows: the rows.
    :param reader: the thread that reads them.
    """

    def __init__(self, rows: Iterable[Header | Row | BrokenRow], reader: Executor) -> None:
        self._rows = iter(rows)
        self._reader = reader
        self._ready: deque[Header | Row | BrokenRow] = deque()
        self._lock = asyncio.Lock()
        self.read = 0

    async def next(self) -> Header | Row | BrokenRow | None:
        """Give the next row, or ``None`` when there is none left."""
        if not self._ready:
            async with self._lock:
                if not self._ready:
                    loop = asyncio.get_running_loop()
                    self._ready.extend(await loop.run_in_executor(self._reader, self._read))
        return self._ready.popleft() if self._ready else None

    async def close(self) -> None:
        """Close the file or the database, in the thread that opened it."""
        close = getattr(self._rows, "close", None)
        if close:
            await asyncio.get_running_loop().run_in_executor(self._reader, close)

    def _read(self) -> list[Header | Row | BrokenRow]:
        piece = list(islice(self._rows, PIECE))
        self.read += len(piece)
        return piece
