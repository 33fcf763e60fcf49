"""Many requests at once, over aiohttp's connections: what is configured and what its errors mean.

Measured by ``tests/bench/transports.py``: with 50 requests at once, httpx's asynchronous pool looks at every
connection and every waiting request for each request, which costs twenty times the rest; aiohttp's does not.
aiohttp cannot speak to SOCKS proxies, so through those httpx carries the requests.

aiohttp sends a request again by itself when a kept connection dies under it, but only where HTTP calls the
method idempotent, so never a POST.
"""

from __future__ import annotations

import asyncio
import select
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, cast
from weakref import WeakSet

import aiohttp
import httpx
from yarl import URL

from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.request import ContentReader, Response, SendFailed
from airflow_provider_flexout.twilio.http.transport import (
    LIMITS,
    begins_in_time,
    httpx_request,
    httpx_timeout,
    may_be_followed,
    proxy_for,
    send_failed,
    ssl_context,
)

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.request import Request
    from airflow_provider_flexout.twilio.http.settings import Settings

_NEVER_LEFT = (
    aiohttp.ClientConnectorError,  # name, TCP, TLS, or no connection to the proxy
    aiohttp.ClientHttpProxyError,  # the proxy refused the tunnel
    aiohttp.ConnectionTimeoutError,
)
"""aiohttp raises these before it has a connection to write to. All its other errors leave the outcome
unknown."""


class AsyncTransport:
    """Sends requests and reads their responses to the end.

    :param settings: how to reach Twilio.
    :param transport: a transport of httpx's that carries all requests in place of the network.
    """

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._replacement = transport
        self._proxies: dict[str, str | None] = {}
        self._socks: httpx.AsyncBaseTransport | None = None
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Response:
        """Send a request and read its response.

        :raises SendFailed: when no response came back.
        """
        if self._replacement:
            return await self._send_by_httpx(self._replacement, request)
        if request.base_url not in self._proxies:
            self._proxies[request.base_url] = proxy_for(self._settings, request.base_url)
        proxy = self._proxies[request.base_url]
        if proxy and proxy.startswith("socks"):
            if (
                self._socks is None
            ):  # one for all hosts: there is one SOCKS proxy, the connection's or ALL_PROXY
                self._socks = httpx.AsyncHTTPTransport(
                    verify=ssl_context(self._settings), proxy=proxy, limits=LIMITS
                )
            return await self._send_by_httpx(self._socks, request)
        if self._session is None:  # made here, since it belongs to the event loop that runs
            self._session = _session(self._settings)
        while True:  # each connection that is refused is closed, so there is an end to them
            with suppress(_ConnectionUsedUp):
                return await self._send_by_aiohttp(self._session, request, proxy)

    async def _send_by_aiohttp(
        self, session: aiohttp.ClientSession, request: Request, proxy: str | None
    ) -> Response:
        try:
            async with session.request(
                request.method,
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.content or None,
                proxy=proxy,
                allow_redirects=False,
            ) as response:
                content = ContentReader(response.headers.get("Content-Encoding"))
                async for piece in response.content.iter_any():
                    content.add(piece)
                received = Response(response.status, response.headers, content.content())
                if may_be_followed(request, received):
                    cast("_Response", response).disconnect()
                return received
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise SendFailed(_reason(error), never_left=isinstance(error, _NEVER_LEFT)) from error

    async def _send_by_httpx(self, transport: httpx.AsyncBaseTransport, request: Request) -> Response:
        check = begins_in_time()

        async def trace(event: str, info: Any) -> None:
            check(event, info)

        async def send() -> Response:
            response = await transport.handle_async_request(
                httpx_request(request, httpx_timeout(self._settings), trace)
            )
            try:
                content = ContentReader(response.headers.get("Content-Encoding"))
                async for piece in cast("httpx.AsyncByteStream", response.stream):
                    content.add(piece)
            finally:
                await response.aclose()
            received = Response(response.status_code, response.headers, content.content())
            if may_be_followed(request, received) and (stream := response.extensions.get("network_stream")):
                await stream.aclose()
            return received

        try:
            return await asyncio.wait_for(send(), self._settings.longest_time)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise send_failed(error) from error
        except asyncio.TimeoutError as error:
            raise SendFailed(_reason(error), never_left=False) from error

    async def aclose(self) -> None:
        """Close the pooled connections."""
        if self._session:
            await self._session.close()
        if self._socks:
            await self._socks.aclose()


class _ConnectionUsedUp(Exception):
    """Something that no request asked for has arrived on a kept connection, or its end. Nothing was sent."""


class _Request(aiohttp.ClientRequest):
    """A request that is never written on a connection that would give it another request's response.

    httpx checks for that before it writes; aiohttp would take what has arrived meanwhile for the response.
    """

    async def send(self, conn: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        protocol = conn.protocol
        kept = protocol if protocol in _Response.carriers else None
        if kept is not None and (kept.should_close or _is_readable(kept)):
            raise _ConnectionUsedUp
        return await super().send(conn)


def _is_readable(protocol: aiohttp.client_proto.ResponseHandler) -> bool:
    """Say whether something has arrived that the event loop has not read yet."""
    if protocol.transport is None:
        return False
    arrived = select.poll()
    arrived.register(protocol.transport.get_extra_info("socket"), select.POLLIN)
    return bool(arrived.poll(0))


class _Response(aiohttp.ClientResponse):
    """A response that still knows its connection after it was read to its end."""

    carriers: ClassVar[WeakSet[aiohttp.client_proto.ResponseHandler]] = WeakSet()
    """The connections that have brought one. On a new one, data that belongs to TLS may have arrived."""

    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        self._kept_protocol = connection.protocol
        if self._kept_protocol is not None:
            self.carriers.add(self._kept_protocol)
        return await super().start(connection)

    def disconnect(self) -> None:
        """Close the connection, so that no other request gets what may still come on it."""
        if self._kept_protocol is not None:
            self._kept_protocol.close()


def _session(settings: Settings) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        # How many requests are under way at once is for the rate limiter to say.
        connector=aiohttp.TCPConnector(
            limit=0, keepalive_timeout=timing.KEEPALIVE, ssl=ssl_context(settings)
        ),
        timeout=aiohttp.ClientTimeout(
            total=settings.longest_time,
            connect=timing.BEGINS_WITHIN,
            sock_connect=timing.CONNECT_TIMEOUT,
            sock_read=settings.read_timeout,
        ),
        request_class=_Request,
        response_class=_Response,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )


def _reason(error: Exception) -> str:
    """Name what went wrong. aiohttp's own sentences may hold the URL, save that of a failed connection."""
    name = type(error).__name__
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"{name}: the proxy responded with HTTP {error.status}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"{name}: {error}"
    return name
