"""One asynchronous client for everybody in an event loop who uses the same connection.

A thousand waiting triggers then share one pool of connections and one budget of requests, and the
Airflow connection is looked up for all of them at once.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from airflow_provider_flexout.twilio.http.settings import Settings

_FRESH = 300.0
"""Seconds after which whoever comes next looks the connection up again; its secret may have changed."""


@dataclass(slots=True)
class _Lent:
    client: AsyncClient
    looked_up: float
    users: int = 0


class SharedClient:
    """The client of one connection in one event loop: made for the first user, closed after the last."""

    def __init__(self) -> None:
        self._looking_up = asyncio.Lock()
        self._lent: _Lent | None = None

    @asynccontextmanager
    async def lend(self, look_up: Callable[[], Awaitable[Settings]]) -> AsyncIterator[AsyncClient]:
        """Lend the client out for a block.

        A connection that has changed since the last look gets a client of its own; those who still
        hold the old one keep it to the end of their block.

        :param look_up: reads the Airflow connection.
        """
        lent = await self._take(look_up)
        try:
            yield lent.client
        except AuthenticationFailed:
            lent.looked_up = -_FRESH  # the next one looks whether the secret has changed
            raise
        finally:
            await self._give_back(lent)

    async def _take(self, look_up: Callable[[], Awaitable[Settings]]) -> _Lent:
        async with self._looking_up:
            lent = self._lent
            if lent is None or time.monotonic() - lent.looked_up >= _FRESH:
                settings, now = await look_up(), time.monotonic()
                lent = self._lent  # those who left in the meantime may have closed it
                if lent is None or lent.client.settings != settings:
                    lent = self._lent = _Lent(AsyncClient(settings), now)
                lent.looked_up = now
            lent.users += 1
            return lent

    async def _give_back(self, lent: _Lent) -> None:
        lent.users -= 1
        if lent.users:
            return
        if self._lent is lent:
            self._lent = None
        await lent.client.aclose()


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, SharedClient]] = WeakKeyDictionary()


def shared_client(conn_id: str) -> SharedClient:
    """Find the client that the running event loop shares for a connection.

    :param conn_id: the Airflow connection.
    """
    return _shared.setdefault(asyncio.get_running_loop(), {}).setdefault(conn_id, SharedClient())
