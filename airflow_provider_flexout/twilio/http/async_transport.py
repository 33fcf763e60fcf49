"""The way to Twilio's hosts from an event loop, over aiohttp's connections.

Measured by ``tests/bench/transports.py``: httpx's own pool looks at every connection and every waiting
request each time, which at 50 requests at once costs twenty times the rest; aiohttp's does not.

What went wrong comes back as httpx's errors, of which the ones for a connection that was never made
are those that allow sending again. So only what aiohttp raises before it has a connection becomes one.
aiohttp sends a request again by itself when a kept connection dies under it, but never a POST.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import aiohttp
import httpx
from yarl import URL

from airflow_provider_flexout.twilio.http.request import ReceivedResponse
from airflow_provider_flexout.twilio.http.transport import KEPT_FOR, LIMITS, Ways, certificates, timeout_of

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.request import Request, Response
    from airflow_provider_flexout.twilio.http.settings import Settings


class AsyncTransport:
    """Sends requests and reads their answers to the end; see :class:`network.Transport`.

    :param settings: how to reach Twilio.
    :param transport: what sends the requests, in place of the network.
    """

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        def make(proxy: str | None) -> _Way:
            if proxy and proxy.startswith("socks"):  # which aiohttp cannot speak to
                socks = httpx.AsyncHTTPTransport(verify=certificates(settings), proxy=proxy, limits=LIMITS)
                return _HttpxWay(settings, socks)
            return _AiohttpWay(settings, proxy)

        given = _HttpxWay(settings, transport) if transport else None
        self._ways: Ways[_Way] = Ways(settings, given, make)

    async def send(self, request: Request) -> Response:
        """Send a request and read its answer.

        :raises httpx.RequestError: what became of it instead.
        """
        return await self._ways.to(request.host).send(request)

    async def aclose(self) -> None:
        """Close the pooled connections."""
        for way in self._ways.made():
            await way.aclose()


class _Way(Protocol):
    async def send(self, request: Request) -> Response: ...

    async def aclose(self) -> None: ...


class _HttpxWay:
    """By a transport of httpx's."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport) -> None:
        self._timeout = timeout_of(settings)
        self._transport = transport

    async def send(self, request: Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request.as_httpx(self._timeout))
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


class _AiohttpWay:
    """By aiohttp's connections, through a proxy or not."""

    def __init__(self, settings: Settings, proxy: str | None) -> None:
        self._proxy = proxy
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(  # how many at once is for the pace to say
                limit=0, keepalive_timeout=KEPT_FOR, ssl=certificates(settings)
            ),
            timeout=_timeout(settings),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def send(self, request: Request) -> Response:
        try:
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.content or None,
                proxy=self._proxy,
                allow_redirects=False,
            ) as answer:
                return ReceivedResponse(answer.status, answer.headers, await answer.read())
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise _as_httpx(error) from error

    async def aclose(self) -> None:
        await self._session.close()


def _timeout(settings: Settings) -> aiohttp.ClientTimeout:
    # No phase of aiohttp's is the writing, so the whole is bounded by the sum of the phases.
    connect = settings.pool_timeout + settings.connect_timeout
    return aiohttp.ClientTimeout(
        total=connect + settings.write_timeout + settings.read_timeout,
        connect=connect,
        sock_connect=settings.connect_timeout,
        sock_read=settings.read_timeout,
    )


def _as_httpx(error: Exception) -> httpx.TransportError:
    """Translate; aiohttp's own sentences may hold the URL, and with it an address."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout("no connection in time")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return httpx.ProxyError(f"the proxy answered HTTP {error.status}")
    if isinstance(error, aiohttp.ClientConnectorError):
        return httpx.ConnectError(str(error))
    if isinstance(error, asyncio.TimeoutError):
        return httpx.ReadTimeout("no answer in time")
    return httpx.ReadError(type(error).__name__)
