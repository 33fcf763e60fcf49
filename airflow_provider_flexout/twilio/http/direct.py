"""The straight way to a host: httpcore's connections, each request written at once.

httpcore, which carries httpx's requests, writes head and body of a request one after the other, and
each write wakes the other side: a tenth of the CPU of an operator's four requests. So what is written
waits here until an answer is read. httpx's own request and answer, which look at every character of what
is well-formed already, are another tenth.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from airflow_provider_flexout.twilio.http.request import ReceivedResponse

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from airflow_provider_flexout.twilio.http.request import Request, Response

_WITH_A_BODY = frozenset({"POST", "PUT", "PATCH"})


class DirectWay:
    """Carries requests without a proxy.

    :param context: what checks certificates.
    :param limits: of the pool of connections.
    :param timeout: seconds, by httpx's names.
    """

    def __init__(self, context: ssl.SSLContext, limits: httpx.Limits, timeout: Mapping[str, float]) -> None:
        self._extensions = {"timeout": timeout}
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_Backend(),
        )

    def send(self, request: Request) -> Response:
        """Send a request and give its answer with the whole body.

        :raises httpx.RequestError: what became of it instead.
        """
        host = _taken_apart(request.host)
        headers = [(b"Host", host.netloc)]
        headers += [(name.encode(), value.encode()) for name, value in request.headers.items()]
        if request.content or request.method in _WITH_A_BODY:
            headers.append((b"Content-Length", b"%d" % len(request.content)))
        try:
            answer = self._pool.request(
                request.method,
                httpcore.URL(
                    scheme=host.raw_scheme,
                    host=host.raw_host,
                    port=host.port,
                    target=host.raw_path.rstrip(b"/") + request.target.encode(),
                ),
                headers=headers,
                content=request.content,
                extensions=self._extensions,
            )
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            httpcore.UnsupportedProtocol,
        ) as error:
            raise getattr(httpx, type(error).__name__)(str(error)) from error  # they are named alike
        found = httpx.Headers(answer.headers)
        if "Content-Encoding" in found:
            return httpx.Response(answer.status, headers=found, content=answer.content)
        return ReceivedResponse(answer.status, found, answer.content)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


_taken_apart = lru_cache(maxsize=32)(httpx.URL)


class _Backend(httpcore.SyncBackend):
    def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(*args, **kwargs))


class _Stream(httpcore.NetworkStream):
    """Holds what is written until something is read."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._held = b""
        self._write_timeout: float | None = None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._held += buffer
        self._write_timeout = timeout

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._held:
            held, self._held = self._held, b""
            self._stream.write(held, self._write_timeout)
        return self._stream.read(max_bytes, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
