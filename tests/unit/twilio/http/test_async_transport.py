"""Which connection carries which request: SOCKS proxies, kept connections, and aiohttp's own attempts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.async_transport import AsyncTransport
from airflow_provider_flexout.twilio.http.request import Request, Response, SendFailed
from airflow_provider_flexout.twilio.http.settings import Settings
from airflow_provider_flexout.twilio.http.transport import Transport
from tests.unit.twilio.http.peer import BODY, Peer, Visit, serve
from tests.unit.twilio.http.responses import SETTINGS


def send_async(settings: Settings, *requests: Request) -> list[Response]:
    async def run() -> list[Response]:
        transport = AsyncTransport(settings)
        try:
            return [await transport.send(request) for request in requests]
        finally:
            await transport.aclose()

    return asyncio.run(run())


def send_sync(settings: Settings, *requests: Request) -> list[Response]:
    transport = Transport(settings)
    try:
        return [transport.send(request) for request in requests]
    finally:
        transport.close()


@pytest.fixture(params=[send_async, send_sync])
def send(request: pytest.FixtureRequest) -> Any:
    return request.param


def socks(peer: Peer, visit: Visit) -> None:
    """Be a SOCKS 5 proxy (RFC 1928), and the server behind it."""
    visit.sock.recv(16)
    visit.sock.sendall(b"\x05\x00")  # no authentication
    peer.requests.append(visit.sock.recv(256))
    visit.sock.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    while request := visit.read_request():
        peer.requests.append(request)
        visit.respond()


def test_a_socks_proxy_carries_requests(send):
    request = Request("GET", "http://twilio.test", "/v1/X", {})
    with serve(socks) as proxy:
        settings = Settings(SETTINGS.credentials, proxy=proxy.url.replace("http", "socks5"))
        responses = send(settings, request, request)
    assert [(one.status, one.content) for one in responses] == [(200, b'{"sid": "CH0"}')] * 2
    asked, *sent = proxy.requests
    assert b"twilio.test" in asked
    assert [one.split(b"\r\n")[0] for one in sent] == [b"GET /v1/X HTTP/1.1"] * 2
    assert proxy.connections == 1


def test_a_response_by_way_of_a_socks_proxy_that_has_no_end(send, monkeypatch):
    monkeypatch.setattr(timing, "CONNECT_TIMEOUT", 0.1)
    monkeypatch.setattr(timing, "WRITE_TIMEOUT", 0.1)

    def drip(peer: Peer, visit: Visit) -> None:
        visit.sock.recv(16)
        visit.sock.sendall(b"\x05\x00")
        visit.sock.recv(256)
        visit.sock.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        peer.read_request(visit)
        visit.sock.settimeout(0.05)
        while True:
            visit.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            with suppress(TimeoutError):
                if not visit.sock.recv(1):
                    return

    with serve(drip) as proxy:
        settings = Settings(SETTINGS.credentials, read_timeout=0.3, proxy=proxy.url.replace("http", "socks5"))
        request = Request("POST", "http://twilio.test", "/v1/X", {})
        error = proxy.error_once_read(lambda: send(settings, request))
    assert isinstance(error, SendFailed)
    assert not error.never_left
    assert len(proxy.requests) == 1


def test_a_socks_proxy_that_is_gone_means_that_nothing_was_sent(send):
    with serve(socks) as proxy:
        settings = Settings(SETTINGS.credentials, proxy=proxy.url.replace("http", "socks5"))
    with pytest.raises(SendFailed) as caught:
        send(settings, Request("POST", "http://twilio.test", "/v1/X", {}))
    assert caught.value.never_left


def test_aiohttp_sends_a_get_again_when_a_kept_connection_dies_and_never_a_post():
    def take_two(peer: Peer, visit: Visit) -> None:
        peer.read_request(visit)
        visit.respond()
        if request := visit.read_request():
            peer.requests.append(request)

    with serve(take_two) as peer:
        get, post = (Request(method, peer.url, "/v1/X", {}) for method in ("GET", "POST"))
        send_async(SETTINGS, get, get)
        assert len(peer.requests) == 3
        with pytest.raises(SendFailed) as caught:
            send_async(SETTINGS, get, post)
    assert not caught.value.never_left
    assert len(peer.requests) == 5


LATE = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"sid": "late"}'
TWILIOS_FORM = b'{"code": 20404, "message": "Not found", "status": 404}'


@pytest.mark.parametrize("late", [b"", LATE], ids=["nothing yet", "and Twilio's"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (b"408 Request Time-out", b""),
        (b"200 OK", b""),
        (b"302 Found", b""),
        (b"404 Not Found", TWILIOS_FORM),
        (b"429 Too Many Requests", b'{"code": 20429}'),
        (b"503 Service Unavailable", b'{"code": 20503}'),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_connection_on_which_something_in_between_has_answered_is_not_used_again(
    send, method, status, body, late
):
    """It may have passed the request on, and pass on Twilio's response too, which is for no other request."""

    def answer_twice(peer: Peer, visit: Visit) -> None:
        is_first = peer.connections == 1
        while visit.read_request():
            if is_first:
                length = b"Content-Length: %d" % len(body)
                visit.sock.sendall(b"\r\n".join((b"HTTP/1.1 " + status, length, b"", body)) + late)
            else:
                visit.respond()

    with serve(answer_twice) as peer:
        first, then = (Request(one, peer.url, "/v1/X", {}) for one in (method, "GET"))
        responses = send(SETTINGS, first, then)
    assert responses[1].content == BODY
    assert peer.connections == 2


def test_an_error_with_the_id_that_twilio_gives_a_request_keeps_its_connection(send):
    def reject(_: Peer, visit: Visit) -> None:
        while visit.read_request():
            visit.respond(TWILIOS_FORM, b"Twilio-Request-Id: RQ1", status=b"404 Not Found")

    with serve(reject) as peer:
        request = Request("GET", peer.url, "/v1/X", {})
        assert [one.status for one in send(SETTINGS, request, request)] == [404, 404]
    assert peer.connections == 1


def while_the_loop_stands_still(pause: Callable[[], None], first: Request, then: Request) -> list[Response]:
    """Send one after the other, with a pause in which the event loop reads nothing."""

    async def run() -> list[Response]:
        transport = AsyncTransport(SETTINGS)
        try:
            response = await transport.send(first)
            pause()
            return [response, await transport.send(then)]
        finally:
            await transport.aclose()

    return asyncio.run(run())


def while_the_loop_reads(pause: Callable[[], None], first: Request, then: Request) -> list[Response]:
    """The same, with an event loop that reads what arrives in the pause."""

    async def run() -> list[Response]:
        transport = AsyncTransport(SETTINGS)
        try:
            response = await transport.send(first)
            await asyncio.to_thread(pause)
            return [response, await transport.send(then)]
        finally:
            await transport.aclose()

    return asyncio.run(run())


def in_a_task(pause: Callable[[], None], first: Request, then: Request) -> list[Response]:
    """The same, with the transport of tasks."""
    transport = Transport(SETTINGS)
    try:
        response = transport.send(first)
        pause()
        return [response, transport.send(then)]
    finally:
        transport.close()


BETWEEN = [in_a_task, while_the_loop_stands_still, while_the_loop_reads]


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("send_between", BETWEEN)
@pytest.mark.parametrize("arrives", [LATE, LATE[:-4], b"HTTP/1.1 408 Timeout\r\n\r\n", b"?"], ids=str)
def test_what_arrives_on_a_kept_connection_is_the_response_to_no_request(send_between, method, arrives):
    was_read, arrived = threading.Event(), threading.Event()

    def respond(peer: Peer, visit: Visit) -> None:
        is_first = peer.connections == 1
        while visit.read_request():
            visit.respond()
            if is_first:
                was_read.wait()
                visit.deliver(arrives)
                arrived.set()

    def pause() -> None:
        was_read.set()
        arrived.wait()

    with serve(respond) as peer:
        first, then = (Request(one, peer.url, "/v1/X", {}) for one in ("POST", method))
        responses = send_between(pause, first, then)
    assert [one.content for one in responses] == [BODY, BODY]
    assert peer.connections == 2
