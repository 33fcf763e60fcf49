"""The relay's connections: who is closed for whom."""

from __future__ import annotations

import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from airflow_provider_flexout.relay import connections

REQUEST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"


@pytest.fixture
def connect(monkeypatch) -> Iterator[object]:
    """Serve an application that reads bodies, and keeps two connections that wait; connect to it."""
    monkeypatch.setattr(connections, "_AT_ONCE", 2)
    ready, listening = threading.Event(), socket.create_server(("127.0.0.1", 0))

    async def read(request):
        return PlainTextResponse(await request.body())

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            ready.set()

    server = Server(connections.server_config(Starlette(routes=[Route("/", read, methods=["POST"])])))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    assert ready.wait(30)
    with ExitStack() as opened:
        yield lambda: opened.enter_context(socket.create_connection(listening.getsockname(), timeout=30))
    server.should_exit = True
    thread.join()


def answered(connection: socket.socket, rest: bytes = REQUEST + b"hi") -> bool:
    """Tell whether the rest of a request has its response."""
    connection.sendall(rest)
    received = b""
    while not received.endswith(b"hi"):
        part = connection.recv(4096)
        if not part:
            return False
        received += part
    return received.startswith(b"HTTP/1.1 200")


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_the_oldest_of_those_that_wait_makes_room(connect):
    first, second, third = connect(), connect(), connect()
    assert is_closed(first)
    assert answered(second)
    assert answered(third)


def test_a_byte_now_and_then_makes_nobody_younger(connect):
    first, second = connect(), connect()
    first.sendall(REQUEST[:9])
    assert answered(second)  # and so the first one's bytes were read
    first.sendall(REQUEST[9:] + b"h")
    assert answered(second)
    third = connect()
    assert is_closed(first)
    assert answered(second)
    assert answered(third)


def test_whoever_has_had_a_response_is_the_youngest_again(connect):
    first, second = connect(), connect()
    assert answered(first)
    third = connect()
    assert is_closed(second)
    assert answered(first)
    assert answered(third)


def test_an_idle_connection_is_kept_for_longer_than_proxies_keep_theirs():
    """Or a proxy would write a request on a connection that is being closed, and the event might be lost."""
    assert connections.server_config(Starlette()).timeout_keep_alive > 60


@pytest.mark.parametrize(
    ("limits", "room", "wanted"),
    [
        ((1024, 1 << 20), 1000, [(2100, 1 << 20)]),
        ((1024, resource.RLIM_INFINITY), 1000, [(2100, resource.RLIM_INFINITY)]),
        ((256, 1024), 462, [(1024, 1024)]),
        ((1 << 20, 1 << 20), 1000, []),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), 1000, []),
        ((64, 64), 1, [(64, 64)]),
    ],
)
def test_there_are_as_many_as_files_may_be_open(monkeypatch, limits, room, wanted):
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, given: asked.append(given))
    assert (connections._room_for(1000), asked) == (room, wanted)
