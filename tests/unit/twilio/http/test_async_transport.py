"""What only the asynchronous transport does: SOCKS by way of httpx, and aiohttp's own attempts."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.async_transport import AsyncTransport
from airflow_provider_flexout.twilio.http.request import Request, Response, SendFailed
from airflow_provider_flexout.twilio.http.settings import Settings
from airflow_provider_flexout.twilio.http.transport import Transport
from tests.unit.twilio.http.peer import Peer, Visit, serve
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
        peer.requests.append(visit.read_request())
        visit.sock.settimeout(0.05)
        while True:
            visit.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            with suppress(TimeoutError):
                if not visit.sock.recv(1):
                    return

    with serve(drip) as proxy:
        settings = Settings(SETTINGS.credentials, read_timeout=0.3, proxy=proxy.url.replace("http", "socks5"))
        with pytest.raises(SendFailed) as caught:
            send(settings, Request("POST", "http://twilio.test", "/v1/X", {}))
    assert not caught.value.never_left
    assert len(proxy.requests) == 1


def test_a_socks_proxy_that_is_gone_means_that_nothing_was_sent(send):
    with serve(socks) as proxy:
        settings = Settings(SETTINGS.credentials, proxy=proxy.url.replace("http", "socks5"))
    with pytest.raises(SendFailed) as caught:
        send(settings, Request("POST", "http://twilio.test", "/v1/X", {}))
    assert caught.value.never_left


def test_aiohttp_sends_a_get_again_when_a_kept_connection_dies_and_never_a_post():
    def take_two(peer: Peer, visit: Visit) -> None:
        peer.requests.append(visit.read_request())
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
