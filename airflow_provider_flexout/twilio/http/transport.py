"""The way to Twilio's hosts: certificates, proxies, pooled connections.

Requests go through transports and not through httpx's client: cookies, redirects and a log line with
the URL, an address in it, are not wanted here, and cost as much as the request itself.
"""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from urllib.request import getproxies, proxy_bypass

import httpx

from airflow_provider_flexout.twilio.http.direct import DirectWay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_provider_flexout.twilio.http.request import Request, Response
    from airflow_provider_flexout.twilio.http.settings import Settings

CONNECTIONS = 100
"""At once, and what is beyond waits."""

KEPT_FOR = 30.0
"""Seconds for which a connection is kept that nobody uses; below those of Twilio's gateways."""

LIMITS = httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEPT_FOR)


T = TypeVar("T")


class Ways(Generic[T]):
    """Which transport carries requests to which host: one for each proxy, and one without.

    :param settings: how to reach Twilio.
    :param given: what carries all of them, in place of the network.
    :param make: makes the transport for a proxy.
    """

    def __init__(self, settings: Settings, given: T | None, make: Callable[[str | None], T]) -> None:
        self._settings = settings
        self._given = given
        self._make = make
        self._by_host: dict[str, T] = {}
        self._by_proxy: dict[str | None, T] = {}

    def to(self, host: str) -> T:
        """Give the transport for a host, and make it if it is the first that goes this way.

        :param host: see :class:`~airflow_provider_flexout.twilio.http.request.Request`.
        """
        if self._given is not None:
            return self._given
        if host not in self._by_host:
            proxy = proxy_for(self._settings, httpx.URL(host))
            if proxy not in self._by_proxy:
                self._by_proxy[proxy] = self._make(proxy)
            self._by_host[host] = self._by_proxy[proxy]
        return self._by_host[host]

    def made(self) -> list[T]:
        """List the transports, to be closed."""
        return list(self._by_proxy.values()) if self._given is None else [self._given]


class Transport:
    """Sends requests and reads their answers to the end.

    :param settings: how to reach Twilio.
    :param transport: what sends the requests, in place of the network.
    """

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        timeout = timeout_of(settings)

        def make(proxy: str | None) -> _Way:
            context = certificates(settings)
            if proxy is None:
                return DirectWay(context, LIMITS, timeout)
            return _HttpxWay(httpx.HTTPTransport(verify=context, proxy=proxy, limits=LIMITS), timeout)

        given = _HttpxWay(transport, timeout) if transport else None
        self._ways: Ways[_Way] = Ways(settings, given, make)

    def send(self, request: Request) -> Response:
        """Send a request and read its answer.

        :raises httpx.RequestError: what became of it instead.
        """
        return self._ways.to(request.host).send(request)

    def close(self) -> None:
        """Close the pooled connections."""
        for way in self._ways.made():
            way.close()


class _Way(Protocol):
    def send(self, request: Request) -> Response: ...

    def close(self) -> None: ...


class _HttpxWay:
    """By a transport of httpx's."""

    def __init__(self, transport: httpx.BaseTransport, timeout: Mapping[str, float]) -> None:
        self._transport = transport
        self._timeout = timeout

    def send(self, request: Request) -> httpx.Response:
        response = self._transport.handle_request(request.as_httpx(self._timeout))
        try:
            response.read()
        finally:
            response.close()
        return response

    def close(self) -> None:
        self._transport.close()


def proxy_for(settings: Settings, url: httpx.URL) -> str | None:
    """Choose the proxy for a host: the connection's, else the environment's (``HTTPS_PROXY``, ``NO_PROXY``).

    :param settings: how to reach Twilio.
    :param url: what is to be reached.
    """
    if settings.proxy:
        return settings.proxy
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(url.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def timeout_of(settings: Settings) -> dict[str, float]:
    """Give the timeouts by httpx's names.

    :param settings: how to reach Twilio.
    """
    return {
        "connect": settings.connect_timeout,
        "read": settings.read_timeout,
        "write": settings.write_timeout,
        "pool": settings.pool_timeout,
    }


def certificates(settings: Settings) -> ssl.SSLContext:
    """Give what checks the certificates of TLS connections.

    :param settings: how to reach Twilio.
    """
    # A plain http:// base URL needs no certificates, and loading them costs more than the request.
    plain = (settings.hosts.base_url or "").startswith("http://")
    return _context(False if plain else settings.verify)


@lru_cache(maxsize=8)
def _context(verify: bool | str) -> ssl.SSLContext:
    if isinstance(verify, bool):
        return httpx.create_ssl_context(verify=verify)
    if Path(verify).is_dir():
        return ssl.create_default_context(capath=verify)
    return ssl.create_default_context(cafile=verify)
