"""The shell that puts a sandbox on a TCP port: uvicorn, and nothing of Twilio."""

from __future__ import annotations

import asyncio
import socket
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final, Protocol

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from airflow_provider_flexout.sandbox.server.access import refuse_foreign
from airflow_provider_flexout.sandbox.wire.http import ApiError, HttpRequest, compact

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

    from airflow_provider_flexout.sandbox.wire.http import HttpResponse

    _Event = Mapping[str, Any]
    _Receive = Callable[[], Awaitable[_Event]]
    _Send = Callable[[_Event], Awaitable[None]]

__all__ = ["BackgroundServer", "Server", "bind", "url_of"]

_Peer = tuple[Any, ...]
_POLL_INTERVAL: Final = 0.1  # seconds between two checks for what is new for an open page
_KEEP_ALIVE: Final = 15.0  # seconds after which a page receives a comment though nothing has happened
_KEPT_IDLE: Final = 75  # seconds for which an idle connection is kept; clients keep theirs for less
_LARGEST: Final = 4 * 2**20  # bytes of a body; Twilio's own limit of attributes is 16 KiB
_LARGEST_FILE: Final = 160 * 2**20  # Twilio takes files of up to 150 MB
_FILES: Final = "/Media"


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; connections queue up in it until the server takes them.

    :param host: address to bind to.
    :param port: TCP port; 0 for a free one.
    :raises OSError: if the port is taken or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(1024)
    except OSError:
        bound.close()
        raise
    return bound


def url_of(host: str, bound: socket.socket) -> str:
    """Return the URL under which a socket can be reached from this machine.

    :param host: the address that it was bound to.
    :param bound: the socket.
    """
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{reachable}:{bound.getsockname()[1]}"


class EventSource(Protocol):
    """What one open page receives."""

    def next(self) -> bytes | None:
        """Return the server-sent event that is new since the last call; None if nothing is."""
        ...


class Served(Protocol):
    """As much of the sandbox as is served."""

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        ...

    def feed(self, last_event_id: str) -> EventSource:
        """Return the feed of one open page."""
        ...

    def send_callbacks(self) -> None:
        """Begin to send the requests to webhooks."""
        ...

    def save_snapshot(self) -> None:
        """Let the next start go on from here, where there is a file to keep it in."""
        ...


class _App:
    """Carries requests to the sandbox and its responses back."""

    def __init__(self, sandbox: Served, names: Collection[str]) -> None:
        self._sandbox = sandbox
        self._names = names
        self.transports: dict[_Peer, asyncio.BaseTransport] = {}
        self.stopping: Callable[[], bool] = lambda: False

    async def __call__(self, scope: _Event, receive: _Receive, send: _Send) -> None:
        headers = _joined(scope["headers"])
        if reason := refuse_foreign(scope["method"], headers, self._names):
            await _refuse(send, 403, reason)
            return
        body = await _read_body(receive, _LARGEST_FILE if scope["path"].endswith(_FILES) else _LARGEST)
        if body is None:
            return
        if isinstance(body, int):
            await _refuse(send, 413, f"The body of this request may have {body:,} bytes at most.")
            return
        if (scope["method"], scope["path"]) == ("GET", "/sandbox/events"):
            await self._stream(send, receive, self._sandbox.feed(headers.get("last-event-id", "")))
            return
        request = HttpRequest(
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            headers,
            body,
            _scheme(scope["scheme"], headers),
        )
        response = self._sandbox.handle(request)
        if response.delay:
            await asyncio.sleep(response.delay)
        if response.connection == "closed":
            await self._close_connection(scope, receive)
        else:
            await self._respond(send, response)

    @staticmethod
    async def _respond(send: _Send, response: HttpResponse) -> None:
        await _send(send, response.status, response.headers, response.body)

    async def _stream(self, send: _Send, receive: _Receive, feed: EventSource) -> None:
        """Send an open page what is new, until it is closed or the server stops."""
        fields = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        gone = asyncio.ensure_future(receive())
        quiet = 0.0
        while not gone.done() and not self.stopping():
            update = feed.next()
            quiet = 0.0 if update else quiet + _POLL_INTERVAL
            if update or quiet >= _KEEP_ALIVE:
                await send({"type": "http.response.body", "body": update or b":\n\n", "more_body": True})
                quiet = 0.0
            await asyncio.wait([gone], timeout=_POLL_INTERVAL)
        gone.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _close_connection(self, scope: _Event, receive: _Receive) -> None:
        if transport := self.transports.get(tuple(scope["client"])):  # the client may have closed it before
            transport.close()
        # Returning before uvicorn knows of the closed connection would make it send an error.
        while (await receive())["type"] != "http.disconnect":
            pass


def _joined(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Read header fields; one that comes twice, such as a second ``Host``, cannot hide the first."""
    headers: dict[str, str] = {}
    for each in fields:
        name, value = (part.decode("latin-1") for part in each)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _scheme(own: str, headers: Mapping[str, str]) -> str:
    """Return the scheme of the URLs in a response: that of the front, where one stands before the sandbox."""
    forwarded = headers.get("x-forwarded-proto", "").strip().lower()
    return forwarded if forwarded in {"http", "https"} else own


async def _read_body(receive: _Receive, largest: int) -> bytes | int | None:
    """Read a body; give the largest size where it is larger, and ``None`` where the client is gone."""
    body, more = bytearray(), True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += event.get("body", b"")
        if len(body) > largest:
            return largest
        more = event.get("more_body", False)
    return bytes(body)


async def _refuse(send: _Send, status: int, reason: str) -> None:
    """Respond as Twilio does, so that every client shows the reason."""
    result = ApiError(status, 20000 + status, reason).response()
    fields = {"Content-Type": "application/json", "Connection": "close"}
    await _send(send, status, fields, compact(result.body).encode())


async def _send(send: _Send, status: int, headers: dict[str, str], body: bytes) -> None:
    fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


def _remembering(transports: dict[_Peer, asyncio.BaseTransport]) -> Any:
    """Return uvicorn's HTTP protocol, remembering each connection's transport so that it can be closed."""
    base: Any = AutoHTTPProtocol

    class Remembering(base):  # type: ignore[misc]  # uvicorn picks the class at run time
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.peer = tuple(transport.get_extra_info("peername")[:2])
            transports[self.peer] = transport
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            transports.pop(self.peer, None)
            super().connection_lost(error)

    return Remembering


class Server(uvicorn.Server):
    """uvicorn, serving a sandbox.

    :param sandbox: the sandbox.
    :param names: its host names, besides ``localhost`` and IP addresses.
    :param on_ready: called once, when requests are being served.
    """

    def __init__(self, sandbox: Served, names: Collection[str], on_ready: Callable[[], None]) -> None:
        app = _App(sandbox, {name.lower().rstrip(".") for name in names} - {""})
        super().__init__(
            uvicorn.Config(
                app,
                http=_remembering(app.transports),
                ws="none",
                lifespan="off",
                log_level="error",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=_KEPT_IDLE,
            )
        )
        app.stopping = lambda: self.should_exit
        self._sandbox, self._on_ready = sandbox, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, and say so.

        :param sockets: what to listen on.
        """
        await super().startup(sockets)
        self._sandbox.send_callbacks()
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and let the next start go on from here.

        :param sockets: what was listened on.
        """
        await super().shutdown(sockets)
        self._sandbox.save_snapshot()  # here, since a signal ends the process once uvicorn has stopped


class BackgroundServer:
    """A server in a thread of its own.

    :param sandbox: the sandbox.
    :param host: address to bind to.
    :param port: TCP port; 0 for a free one.
    :raises OSError: if the port is taken.
    """

    def __init__(self, sandbox: Served, host: str, port: int) -> None:
        bound = bind(host, port)
        self.base_url = url_of(host, bound)
        ready = Event()
        self._server = Server(sandbox, {host}, ready.set)
        self._thread = Thread(target=self._server.run, args=([bound],), name="flexout-sandbox", daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the sandbox's server did not start")

    def stop(self) -> None:
        """Stop serving; responses that are still waiting are never sent."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join()
