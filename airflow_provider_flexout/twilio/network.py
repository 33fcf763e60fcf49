"""The way to Twilio's hosts: certificates, proxies, pooled connections.

Requests go through httpx's transports and not through its client: cookies, redirects and a log line
with the URL, an address in it, are not wanted here, and cost as much as the request itself.
"""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.settings import Settings

_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30.0)


class Network:
    """Sends requests, each host by its own way: straight, or through a proxy.

    :param settings: how to reach Twilio.
    :param transport: what sends the requests, in place of the network.
    """

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._given = transport
        self._proxies: dict[str, str | None] = {}
        self._transports: dict[str | None, httpx.BaseTransport] = {}

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its answer to the end.

        :raises httpx.RequestError: what became of it instead.
        """
        response = (self._given or self._transport(request.url)).handle_request(request)
        try:
            response.read()
        finally:
            response.close()
        return response

    def close(self) -> None:
        """Close the pooled connections."""
        for transport in (self._given, *self._transports.values()):
            if transport is not None:
                transport.close()

    def _transport(self, url: httpx.URL) -> httpx.BaseTransport:
        if url.host not in self._proxies:
            self._proxies[url.host] = proxy_for(self._settings, url)
        proxy = self._proxies[url.host]
        if proxy not in self._transports:
            verify = certificates(self._settings)
            self._transports[proxy] = httpx.HTTPTransport(verify=verify, proxy=proxy, limits=_LIMITS)
        return self._transports[proxy]


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
