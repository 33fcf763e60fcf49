"""One asynchronous client for everybody in an event loop who uses the same connection.

A thousand waiting triggers then share one pool of connections and one rate limit, and the Airflow connection
is looked up once for all of them.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from airflow_provider_flexout.connection.settings import FlexConnection


@dataclass(slots=True)
class _Entry:
    client: AsyncClient
    expires_at: float
    users: int = 0


class SharedClient:
    """The client of one connection in one event loop: made for the first user, closed after the last.

    ``events_queue`` is the connection's, as it was last looked up.
    """

    def __init__(self) -> None:
        # Held during the lookup, so that those who come meanwhile use what it gives.
        self._lookup_lock = asyncio.Lock()
        self._entry: _Entry | None = None
        self.events_queue: str | None = None

    @asynccontextmanager
    async def acquire(self, look_up: Callable[[], Awaitable[FlexConnection]]) -> AsyncIterator[AsyncClient]:
        """Give the client for a block.

        A connection that has changed since the last lookup gets a client of its own. Those who still use the
        old one keep it to the end of their block.

        :param look_up: reads the Airflow connection.
        """
        entry = await self._acquire(look_up)
        try:
            yield entry.client
        except AuthenticationFailed:
            entry.expires_at = 0.0  # the next one looks whether the secret has changed
            raise
        finally:
            await self._release(entry)

    async def _acquire(self, look_up: Callable[[], Awaitable[FlexConnection]]) -> _Entry:
        async with self._lookup_lock:
            entry = self._entry
            if entry is None or time.monotonic() >= entry.expires_at:
                connection, now = await look_up(), time.monotonic()
                settings, self.events_queue = connection.settings, connection.events_queue
                entry = self._entry  # those who left during the lookup may have closed it
                if entry is None or entry.client.settings != settings:
                    entry = self._entry = _Entry(AsyncClient(settings), now)
                entry.expires_at = now + timing.CONNECTION_TTL
            # No await between finding the entry and counting this user, so nobody closes it in between.
            entry.users += 1
            return entry

    async def _release(self, entry: _Entry) -> None:
        entry.users -= 1
        if entry.users:
            return
        if self._entry is entry:
            self._entry = None
        await entry.client.aclose()


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, SharedClient]] = WeakKeyDictionary()


def shared_client(conn_id: str) -> SharedClient:
    """Find the client that the running event loop shares for a connection.

    :param conn_id: the Airflow connection.
    """
    return _shared.setdefault(asyncio.get_running_loop(), {}).setdefault(conn_id, SharedClient())
