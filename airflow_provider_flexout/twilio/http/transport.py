"""One request at a time, over httpx's connections: certificates, proxies, deadlines, what its errors mean.

Requests go to httpx's transport and not through its client. The client's cookies, redirects and log line
cost a fifth of the request, none is wanted here, and the log line holds the URL, with an address in it.

httpx never sends a request a second time by itself.
"""

from __future__ import annotations

import itertools
import ssl
import threading
import time
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.request import ContentReader, Response, SendFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.twilio.http.request import Request
    from airflow_provider_flexout.twilio.http.settings import Settings


LIMITS = httpx.Limits(max_connections=timing.MAX_CONNECTIONS, keepalive_expiry=timing.KEEPALIVE)

_NEVER_LEFT = (
    httpx.InvalidURL,  # one that is too long
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
"""httpx raises these before it has a connection to write to. All its other errors leave the outcome unknown:
a failed write may have written enough, and a failed read comes after the request."""
_url = lru_cache(maxsize=64)(httpx.URL)
"""httpx looks at each character of a URL, which is a tenth of a request's CPU, and half of the URLs recur."""


class Transport:
    """Sends requests and reads their responses to the end.

    :param settings: how to reach Twilio.
    :param transport: a transport of httpx's that carries all requests in place of the network.
    """

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._timeout = httpx_timeout(settings)
        self._deadlines = Deadlines(settings.longest_time)
        self._replacement = transport
        self._by_base_url: dict[str, httpx.BaseTransport] = {}

    def send(self, request: Request) -> Response:
        """Send a request and read its response.

        :raises SendFailed: when no response came back.
        """
        if self._replacement:
            return _send(self._replacement, request, self._timeout)
        transport = self._transport_to(request.base_url)
        # httpx limits the wait for each piece of a response, but not the whole: its headers and its body may
        # come byte by byte. Closing the connections ends the read under way at the next byte, or its timeout.
        key = self._deadlines.begin(transport.close)
        try:
            return _send(transport, request, self._timeout)
        except SendFailed as failure:
            if not self._deadlines.has_passed(key):
                raise
            reason = f"no whole response within {self._settings.longest_time:g} s"
            raise SendFailed(reason, never_left=failure.never_left) from failure
        finally:
            self._deadlines.end(key)

    def close(self) -> None:
        """Close the pooled connections."""
        self._deadlines.close()
        for transport in self._by_base_url.values():
            transport.close()

    def _transport_to(self, base_url: str) -> httpx.BaseTransport:
        if base_url not in self._by_base_url:
            proxy = proxy_for(self._settings, base_url)
            context = ssl_context(self._settings)
            self._by_base_url[base_url] = httpx.HTTPTransport(verify=context, proxy=proxy, limits=LIMITS)
        return self._by_base_url[base_url]


def _send(transport: httpx.BaseTransport, request: Request, timeout: dict[str, float]) -> Response:
    try:
        response = transport.handle_request(httpx_request(request, timeout, begins_in_time()))
        try:
            content = ContentReader(response.headers.get("Content-Encoding"))
            for piece in cast("httpx.SyncByteStream", response.stream):
                content.add(piece)
        finally:
            response.close()
    except (httpx.RequestError, httpx.InvalidURL) as error:
        raise send_failed(error) from error
    received = Response(response.status_code, response.headers, content.content())
    if may_be_followed(request, received) and (stream := response.extensions.get("network_stream")):
        stream.close()
    return received


def may_be_followed(request: Request, received: Response) -> bool:
    """Say whether a response may be somebody else's, so that Twilio's own may follow on the same connection.

    Such a connection is closed: the next request on it would be given the response to this one. An error is
    taken for Twilio's only if it has the id that Twilio gives a request; a wrong guess costs one new
    connection.

    :param request: what was sent.
    :param received: what came back, read to its end.
    """
    is_object = received.content.lstrip()[:1] == b"{"
    if HTTPStatus.OK <= received.status < HTTPStatus.MULTIPLE_CHOICES:
        return not is_object and request.method != "DELETE"
    return not is_object or received.header("Twilio-Request-Id") is None


def begins_in_time() -> Callable[[str, Any], None]:
    """Make the callback for each phase of a request in httpx, so that none is written after too long a wait.

    httpx limits each phase, but neither the name server nor all phases together.
    """
    limit = time.monotonic() + timing.BEGINS_WITHIN

    def trace(event: str, _: Any) -> None:
        if event.endswith("send_request_headers.started") and time.monotonic() > limit:
            raise httpx.ConnectTimeout(f"no connection within {timing.BEGINS_WITHIN:g} s")

    return trace


def httpx_request(request: Request, timeout: dict[str, float], trace: Any = None) -> httpx.Request:
    """Write a request as httpx's.

    :param request: what to send.
    :param timeout: seconds for each phase, see :func:`httpx_timeout`.
    :param trace: what is called at each phase; ``None`` for nothing.
    """
    return httpx.Request(
        request.method,
        _url(request.url),
        content=request.content or None,
        headers=dict(request.headers),
        extensions={"timeout": timeout, "trace": trace} if trace else {"timeout": timeout},
    )


def send_failed(error: httpx.RequestError | httpx.InvalidURL) -> SendFailed:
    """Say what an error of httpx's means.

    :param error: what httpx raised.
    """
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return SendFailed(reason, never_left=isinstance(error, _NEVER_LEFT))


def httpx_timeout(settings: Settings) -> dict[str, float]:
    """Give the timeouts of each phase by httpx's names.

    :param settings: how to reach Twilio.
    """
    return {
        "connect": timing.CONNECT_TIMEOUT,
        "read": settings.read_timeout,
        "write": timing.WRITE_TIMEOUT,
        "pool": timing.POOL_TIMEOUT,
    }


def proxy_for(settings: Settings, base_url: str) -> str | None:
    """Choose the proxy for a host: the connection's, else the environment's (``HTTPS_PROXY``, ``NO_PROXY``).

    The environment's proxy is not used for this machine itself, where the sandbox listens, since a proxy
    would take that name for another machine.

    :param settings: how to reach Twilio.
    :param base_url: scheme and host of what is to be reached.
    :return: The proxy's URL, or ``None`` for a direct connection.
    """
    if settings.proxy:
        return settings.proxy
    url, proxies = urlsplit(base_url), getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or _is_this_machine(url.hostname or "") or proxy_bypass(url.hostname or ""):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def is_usable(url: str) -> bool:
    """Say whether requests can go to the host and port of a URL.

    :param url: scheme, host and port.
    """
    try:
        return bool(httpx.URL(url).host) and urlsplit(url).port != 0
    except (ValueError, httpx.InvalidURL):
        return False


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def ssl_context(settings: Settings) -> ssl.SSLContext:
    """Give what checks the certificates of TLS connections.

    :param settings: how to reach Twilio.
    """
    # A plain http:// base URL needs no certificates, and loading them costs more than the request.
    plain = (settings.hosts.base_url or "").startswith("http://")
    return load_certificates(False if plain else settings.verify)


@lru_cache(maxsize=8)
def load_certificates(verify: bool | str) -> ssl.SSLContext:
    """Load the CA certificates for TLS connections, once for each process.

    :param verify: whether to check certificates, or the path of a CA bundle.
    :raises OSError: when there are none at the path.
    """
    if isinstance(verify, bool):
        return httpx.create_ssl_context(verify=verify)
    if Path(verify).is_dir():
        return ssl.create_default_context(capath=verify)
    return ssl.create_default_context(cafile=verify)


class Deadlines:
    """Ends the requests of one client that take too long.

    One thread watches all of them, from the first request on and for as long as there are any: a thread for
    each request would cost half as much CPU as the request. The thread is not told of changes. All requests
    may take equally long, so a new one is never due before those that the thread knows of, and it finds a
    finished one gone when its moment has come.

    :param seconds: that a request may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[int, tuple[float, Callable[[], None]]] = {}  # in the order of their moments
        self._keys = itertools.count()
        self._lock = threading.Condition()
        self._thread: threading.Thread | None = None

    def begin(self, end: Callable[[], None]) -> int:
        """Watch a request that begins now.

        :param end: called in another thread once the request has taken too long.
        :return: A key for the other methods.
        """
        with self._lock:
            key = next(self._keys)
            self._under_way[key] = time.monotonic() + self._seconds, end
            # In a process that was forked while the thread lived, there is none.
            if not (self._thread and self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, daemon=True, name="flexout-deadlines")
                self._thread.start()
        return key

    def has_passed(self, key: int) -> bool:
        """Say whether a request was ended because it took too long.

        :param key: what :meth:`begin` gave.
        """
        with self._lock:
            return key not in self._under_way

    def end(self, key: int) -> None:
        """Stop watching a request, which is over.

        :param key: what :meth:`begin` gave.
        """
        with self._lock:
            self._under_way.pop(key, None)

    def close(self) -> None:
        """End the thread. The next request starts another one."""
        with self._lock:
            self._under_way.clear()
            self._lock.notify()

    def _run(self) -> None:
        with self._lock:
            while self._under_way:
                key, (moment, end) = next(iter(self._under_way.items()))
                if (left := moment - time.monotonic()) > 0:
                    self._lock.wait(left)
                else:
                    del self._under_way[key]
                    end()
            self._thread = None
