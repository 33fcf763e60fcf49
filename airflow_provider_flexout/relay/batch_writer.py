"""Requests that arrive together are kept together: one round trip to the queue for all who wait for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_flexout.connection.event_queue import EventQueue

_LARGEST = 500
"""Events of one round trip."""


class BatchWriter:
    """Puts events on a queue, as many at once as wait for it.

    :param queue: keeps the events.
    """

    def __init__(self, queue: EventQueue) -> None:
        self._queue = queue
        self._waiting: list[tuple[list[str], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def append(self, events: list[str]) -> None:
        """Keep events; come back when the queue has them.

        :param events: each as JSON.
        :raises Exception: whatever :meth:`EventQueue.append` raised, for all that were to be kept at once.
        """
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((events, kept))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        await kept

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_LARGEST], self._waiting[_LARGEST:]
            wanted = [(events, kept) for events, kept in batch if not kept.done()]  # some gave up
            failure: Exception | None = None
            try:
                await self._queue.append([event for events, _ in wanted for event in events])
            except Exception as error:  # told to each who waits
                failure = error
            for _, kept in wanted:
                if kept.done():
                    continue
                if failure is None:
                    kept.set_result(None)
                else:
                    kept.set_exception(failure)
        self._writer = None
