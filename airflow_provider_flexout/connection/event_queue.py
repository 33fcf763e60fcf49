"""The queue of what Twilio pushes, in Redis: a stream that keeps events for a while, and a channel beside it.

The relay appends events. Waits in a triggerer read the stream; a triggerer that was away finds there what
came meanwhile. Airflow's own trigger for Redis listens on the channel, which keeps nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT_EVENTS = 100_000
"""About how many events the stream keeps; the oldest go first. One takes about 300 bytes."""
_BATCH = 1_000
_BLOCK = 5.0
"""Seconds for which Redis holds a request for new events, where there are none."""


def check_queue_url(argument: str, url: str) -> None:
    """Refuse anything but the URL of a Redis. It may hold a password, so no error repeats it.

    :param argument: the name of the argument or field, for the error.
    :param url: ``redis://[user:password@]host[:port][/database]``, or ``rediss://`` for TLS.
    :raises InvalidInput: for anything else.
    """
    form = "must be the URL of a Redis, redis://host:6379/0 or rediss:// for TLS"
    if not isinstance(url, str) or not url.startswith(("redis://", "rediss://")):
        raise InvalidInput(argument, f"{form}.")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise InvalidInput(argument, "has whitespace or a line break in it.")
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise InvalidInput(argument, f"{form}; its host or port cannot be read.") from None
    if not usable or parts.query or parts.fragment or not re.fullmatch(r"(/[0-9]*)?", parts.path):
        raise InvalidInput(
            argument, f"{form}: a host, a port and the number of a database, and nothing after them."
        )


def shown(url: str) -> str:
    """Give the URL of a queue without its user and password.

    :param url: the URL.
    """
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _credentials_in(url: str) -> Any:
    """Give the user and password of a URL apart from it, since the client's ``repr`` shows its URL."""
    from redis.credentials import UsernamePasswordCredentialProvider

    parts = urlsplit(url)
    if parts.username is None and parts.password is None:
        return None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return UsernamePasswordCredentialProvider(user or None, password)


class EventQueue:
    """The events of one Redis. Each method raises ``redis.RedisError`` or ``OSError`` while it is down.

    :param url: as :func:`check_queue_url` takes it.
    """

    def __init__(self, url: str) -> None:
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        self._redis: Any = Redis.from_url(
            shown(url),
            credential_provider=_credentials_in(url),
            decode_responses=True,
            protocol=2,  # its responses have the same form in every version of the client
            socket_connect_timeout=_BLOCK,
            socket_timeout=2 * _BLOCK,
            retry=Retry(NoBackoff(), 1),  # a connection of the pool may be one that Redis has closed
        )

    async def append(self, events: Iterable[str]) -> None:
        """Keep events, and tell those who listen, in one transaction: all of it happens, or nothing.

        :param events: each as JSON.
        """
        async with self._redis.pipeline(transaction=True) as commands:
            for event in events:
                commands.xadd(durable.EVENTS_STREAM, {durable.EVENTS_STREAM_FIELD: event}, maxlen=KEPT_EVENTS)
                commands.publish(durable.EVENTS_CHANNEL, event)
            await commands.execute()

    async def check(self) -> None:
        """Ask whether Redis is there."""
        await self._redis.ping()

    async def place_before(self, seconds: float) -> str:
        """Give the place that the stream had reached some time ago, by Redis' own clock.

        :param seconds: how long ago.
        """
        now, _ = await self._redis.time()
        return f"{max(0, int((now - seconds) * 1000))}-0"

    async def read(self, place: str) -> list[tuple[str, str]]:
        """Give the next events, each with its place: milliseconds since 1970, a hyphen, and a number.

        Where there are none, wait some seconds for the first, and give none if it does not come.

        :param place: the place of the last event that was read.
        """
        found = await self._redis.xread(
            {durable.EVENTS_STREAM: place}, count=_BATCH, block=int(_BLOCK * 1000)
        )
        return [
            (at, fields.get(durable.EVENTS_STREAM_FIELD, ""))
            for _, entries in found
            for at, fields in entries
        ]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
