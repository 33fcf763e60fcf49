"""The way to Twilio's hosts from an event loop: aiohttp's connections under httpx's requests.

Measured by ``tests/bench/transports.py``: httpx's own pool looks at every connection and every waiting
request each time, which at 50 requests at once costs twenty times the rest; aiohttp's does not.

What went wrong comes back as httpx's errors, of which the ones for a connection that was never made
are those that allow sending again. So only what aiohttp raises before it has a connection becomes one.
aiohttp sends a request again by itself when a kept connection dies under it, but never a POST.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import httpx
from yarl import URL

from airflow_provider_flexout.twilio.network import KEPT_FOR, LIMITS, Ways, certificates

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.settings import Settings


class AsyncNetwork:
    """Sends requests and reads their answers to the end; see :class:`network.Network`.

    :param settings: how to reach Twilio.
    :param transport: what sends the requests, in place of the network.
    """

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        def make(proxy: str | None) -> httpx.AsyncBaseTransport:
            if proxy and proxy.startswith("socks"):  # which aiohttp cannot speak to
                return httpx.AsyncHTTPTransport(verify=certificates(settings), proxy=proxy, limits=LIMITS)
            return AiohttpTransport(settings, proxy)

        self._ways: Ways[httpx.AsyncBaseTransport] = Ways(settings, transport, make)

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its answer.

        :raises httpx.RequestError: what became of it instead.
        """
        response = await self._ways.to(request.url).handle_async_request(request)
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response

    async def aclose(self) -> None:
        """Close the pooled connections."""
        for transport in self._ways.made():
            await transport.aclose()


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Carries httpx's requests over aiohttp's connections.

    :param settings: how to reach Twilio.
    :param proxy: URL of the proxy for all of them.
    """

    def __init__(self, settings: Settings, proxy: str | None) -> None:
        self._proxy = proxy
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(  # how many at once is for the pace to say
                limit=0, keepalive_timeout=KEPT_FOR, ssl=certificates(settings)
            ),
            timeout=_timeout(settings),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # httpx does it when it takes the body
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and give its answer with the whole body."""
        try:
            async with self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers,
                data=request.content or None,
                proxy=self._proxy,
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise _as_httpx(error) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, content=body)

    async def aclose(self) -> None:
        """Close the connections."""
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
