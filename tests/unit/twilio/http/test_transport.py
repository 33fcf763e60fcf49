"""Both transports on real sockets: where a request goes, and what is said of one that failed."""

from __future__ import annotations

import asyncio
import base64
import gzip
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.twilio.api import conversations, messages
from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.call import Call
from airflow_provider_flexout.twilio.http.client import AsyncClient, Client
from airflow_provider_flexout.twilio.http.errors import (
    ConnectionFailed,
    OutcomeUnknown,
    RateLimited,
    ServiceUnavailable,
)
from airflow_provider_flexout.twilio.http.hosts import Hosts
from airflow_provider_flexout.twilio.http.request import MAX_CONTENT
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Settings
from airflow_provider_flexout.twilio.http.transport import proxy_for
from tests.unit.twilio.http.peer import BODY, Peer, Visit, certificate, serve

CREDENTIALS = BasicCredentials("AC" + "0" * 32, "the-auth-token")
READ = conversations.fetch_conversation("CH" + "a" * 32)
NON_IDEMPOTENT = messages.create_message("CH" + "a" * 32, body="Hello")
ONCE = RetryPolicy(max_attempts=1, start_within=0)
Send = Callable[..., list[Any]]


def by_client(settings: Settings, *calls: Call[Any]) -> list[Any]:
    with Client(settings, policy=ONCE) as client:
        return [client.send(call) for call in calls]


def by_async_client(settings: Settings, *calls: Call[Any]) -> list[Any]:
    async def run() -> list[Any]:
        async with AsyncClient(settings, policy=ONCE) as client:
            return [await client.send(call) for call in calls]

    return asyncio.run(run())


@pytest.fixture(params=[by_client, by_async_client])
def send(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Send:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return request.param


def settings(base_url: str, **more: Any) -> Settings:
    return Settings(CREDENTIALS, Hosts(base_url=base_url), **more)


def respond_to_all(peer: Peer, visit: Visit) -> None:
    while request := visit.read_request():
        peer.requests.append(request)
        visit.respond()


def test_one_connection_carries_many_requests(send):
    with serve(respond_to_all) as peer:
        send(settings(peer.url), READ, NON_IDEMPOTENT, READ)
    assert (len(peer.requests), peer.connections) == (3, 1)


def test_a_compressed_response_is_read(send):
    def compress(peer: Peer, visit: Visit) -> None:
        peer.requests.append(visit.read_request())
        visit.respond(gzip.compress(b'{"sid": "CH1"}'), b"Content-Encoding: gzip")

    with serve(compress) as peer:
        assert send(settings(peer.url), READ)[0].sid == "CH1"
    assert b"gzip" in peer.requests[0]


def test_a_response_that_only_says_it_is_compressed_leaves_the_outcome_unknown(send):
    def pretend(peer: Peer, visit: Visit) -> None:
        visit.read_request()
        visit.respond(b"{}", b"Content-Encoding: gzip")

    with serve(pretend) as peer, pytest.raises(OutcomeUnknown):
        send(settings(peer.url), NON_IDEMPOTENT)


def test_the_proxy_of_the_connection(send):
    with serve(respond_to_all) as proxy:
        send(settings("http://twilio.test", proxy=proxy.url), READ)
    assert proxy.requests[0].startswith(b"GET http://twilio.test/v1/Conversations/")


def test_a_proxy_is_told_who_we_are_by_its_name_and_password(send):
    with serve(respond_to_all) as proxy:
        named = proxy.url.replace("://", "://proxy-user:proxy-pass@")
        send(settings("http://twilio.test", proxy=named), READ)
    lines = proxy.requests[0].lower().split(b"\r\n")
    ours = base64.b64encode(b"proxy-user:proxy-pass").lower()
    assert b"proxy-authorization: basic " + ours in lines


def test_the_proxy_of_the_environment(send, monkeypatch):
    with serve(respond_to_all) as proxy, serve(respond_to_all) as twilio:
        monkeypatch.setenv("http_proxy", proxy.url.removeprefix("http://"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        send(settings("http://twilio.test"), READ)
        send(settings(twilio.url), READ)
    assert proxy.requests[0].startswith(b"GET http://twilio.test/v1/Conversations/")
    assert twilio.requests[0].startswith(b"GET /v1/Conversations/")
    assert len(proxy.requests) == 1


def test_a_proxy_that_refuses_the_tunnel_means_that_nothing_was_sent(send):
    def refuse(peer: Peer, visit: Visit) -> None:
        peer.requests.append(visit.read_request())
        visit.sock.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with serve(refuse) as proxy, pytest.raises(ConnectionFailed):
        send(settings("https://twilio.test", proxy=proxy.url), NON_IDEMPOTENT)
    assert proxy.requests[0].startswith(b"CONNECT twilio.test:443")
    assert CREDENTIALS.header.encode() not in proxy.requests[0]


def test_certificates_are_checked_by_the_bundle_that_is_given(send, tmp_path):
    with serve(respond_to_all, tls=certificate(tmp_path)) as peer:
        url = peer.url.replace("http", "https")
        send(settings(url, verify=str(tmp_path / "certificate.pem")), READ)
        send(settings(url, verify=False), READ)
        with pytest.raises(ConnectionFailed, match=r"(?i)certificate"):
            send(settings(url), NON_IDEMPOTENT)
    assert len(peer.requests) == 2


def test_no_error_holds_the_address_in_the_url(send):
    def respond_with_garbage(peer: Peer, visit: Visit) -> None:
        visit.read_request()
        visit.sock.sendall(b"garbage\r\n\r\n")

    call = conversations.list_participant_conversations(address="+13115552368")
    with serve(respond_with_garbage) as peer, pytest.raises(ServiceUnavailable) as caught:
        send(settings(peer.url), call)
    assert "2368" not in str(caught.value)


def test_a_proxy_is_the_connections_or_the_environments(monkeypatch):
    monkeypatch.setenv("all_proxy", "socks5://everything:1080")
    monkeypatch.setenv("https_proxy", "secure:3128")
    monkeypatch.setenv("no_proxy", "flex-api.twilio.com")
    assert proxy_for(settings("", proxy="http://mine:1"), "https://flex-api.twilio.com") == "http://mine:1"
    assert proxy_for(settings(""), "https://conversations.twilio.com") == "http://secure:3128"
    assert proxy_for(settings(""), "https://flex-api.twilio.com") is None
    assert proxy_for(settings(""), "http://flexout.example:8765") == "socks5://everything:1080"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_this_machine_is_not_asked_for_by_way_of_the_environments_proxy(monkeypatch, host):
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    assert proxy_for(settings(""), f"http://{host}:8765") is None
    assert proxy_for(settings("", proxy="http://mine:1"), f"http://{host}:8765") == "http://mine:1"


def test_nobody_listens(send):
    with serve(respond_to_all) as peer:
        gone = peer.url
    with pytest.raises(ConnectionFailed):
        send(settings(gone), NON_IDEMPOTENT)


def test_a_name_that_nobody_knows(send):
    with pytest.raises(ConnectionFailed):
        send(settings("http://twilio.invalid"), NON_IDEMPOTENT)


def test_what_is_not_tls_means_that_nothing_was_sent(send):
    with serve(lambda _, visit: visit.respond()) as peer, pytest.raises(ConnectionFailed):
        send(settings(peer.url.replace("http", "https")), NON_IDEMPOTENT)


@pytest.mark.parametrize(
    "beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"], ids=["none", "half"]
)
def test_a_response_that_does_not_come_to_its_end(send, beginning):
    def drop(peer: Peer, visit: Visit) -> None:
        peer.requests.append(visit.read_request())
        visit.sock.sendall(beginning)

    with serve(drop) as peer, pytest.raises(OutcomeUnknown):
        send(settings(peer.url), NON_IDEMPOTENT)
    assert len(peer.requests) == 1


def test_a_response_that_is_late(send):
    def wait(peer: Peer, visit: Visit) -> None:
        peer.requests.append(visit.read_request())
        visit.read_request()  # until the client gives up

    with serve(wait) as peer, pytest.raises(OutcomeUnknown, match=r"ReadTimeout|SocketTimeoutError"):
        send(settings(peer.url, read_timeout=0.2), NON_IDEMPOTENT)
    assert len(peer.requests) == 1


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("beginning", "more"),
    [(HEAD, b"X-Hop: 1\r\n"), (b"", b"HTTP/1.1 100 Continue\r\n\r\n"), (HEAD + b"\r\n", b" ")],
    ids=["headers", "interim-responses", "body"],
)
def test_a_response_that_has_no_end(send, monkeypatch, beginning, more):
    """It comes piece by piece, each well within the timeout of a read, until the client gives up."""
    monkeypatch.setattr(timing, "CONNECT_TIMEOUT", 0.1)
    monkeypatch.setattr(timing, "WRITE_TIMEOUT", 0.1)
    given_up = threading.Event()

    def drip(peer: Peer, visit: Visit) -> None:
        peer.requests.append(visit.read_request())
        visit.sock.sendall(beginning)
        visit.sock.settimeout(0.05)
        try:
            while not given_up.is_set():
                visit.sock.sendall(more)
                with suppress(TimeoutError):
                    if not visit.sock.recv(1):
                        given_up.set()
        finally:
            given_up.set()

    with serve(drip) as peer, pytest.raises(OutcomeUnknown):
        send(settings(peer.url, read_timeout=0.3), NON_IDEMPOTENT)
    assert given_up.wait(30)
    assert len(peer.requests) == 1


def test_a_body_that_is_too_large_once_it_is_decompressed(send):
    packed = gzip.compress(b" " * (MAX_CONTENT + 1))

    def compress(peer: Peer, visit: Visit) -> None:
        visit.read_request()
        visit.respond(packed, b"Content-Encoding: gzip")

    assert len(packed) < MAX_CONTENT / 500
    with serve(compress) as peer, pytest.raises(OutcomeUnknown, match="larger than 33,554,432 bytes"):
        send(settings(peer.url), NON_IDEMPOTENT)


def test_a_body_in_an_encoding_that_was_not_asked_for(send):
    def compress(peer: Peer, visit: Visit) -> None:
        visit.read_request()
        visit.respond(b"{}", b"Content-Encoding: gzip", b"Content-Encoding: gzip")

    with serve(compress) as peer, pytest.raises(OutcomeUnknown):
        send(settings(peer.url), NON_IDEMPOTENT)


@pytest.mark.parametrize(
    "headers",
    [
        (b"Date: Mon, 01 Jan 2024 00:00:00 GMT", b"Date: Tue, 02 Jan 2024 00:00:00"),
        (b"Date: soon", b"Date: "),
        (b'ETag: "1"', b'ETag: "2"'),
        (b'ETag: "\xff"',),
        (b"Retry-After: 1", b"Retry-After: nan", b"Retry-After: \xff"),
        (b"Content-Type: a/b", b"Content-Type: c/d; charset=none"),
        (b"Set-Cookie: a=b", b"Set-Cookie: \xe4\xf6", b"Via: 1.1 hop", b"Via: 1.1 hop"),
        (b"Twilio-Request-Id: RQ1", b"Twilio-Request-Id: RQ2"),
        (b"Location: /elsewhere", b"Content-Location: ://", b"Link: <", b"Age: -1"),
    ],
    ids=lambda lines: lines[0].split(b":")[0].decode(),
)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (b"200 OK", None),
        (b"429 ?", RateLimited),
        (b"404 ?", ServiceUnavailable),
        (b"302 ?", ServiceUnavailable),
    ],
    ids=["200", "429", "404", "302"],
)
def test_headers_that_something_in_between_adds_or_repeats_never_raise(send, headers, status, error):
    def respond(peer: Peer, visit: Visit) -> None:
        while visit.read_request():
            lines = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(BODY), *headers, b"", BODY)
            visit.sock.sendall(b"\r\n".join(lines))

    with serve(respond) as peer:
        if error:
            with pytest.raises(error):
                send(settings(peer.url), READ)
        else:
            (conversation,) = send(settings(peer.url), READ)
            send(settings(peer.url), READ.if_match(conversation.etag))
            assert conversation.sid == "CH0"
            assert conversation.served_at is None or conversation.served_at.tzinfo


def test_a_post_on_a_connection_that_dies_is_never_sent_again_unseen(send):
    """The kept connection takes the second request and closes: it may have been carried out."""

    def take_two(peer: Peer, visit: Visit) -> None:
        peer.requests.append(visit.read_request())
        visit.respond()
        peer.requests.append(visit.read_request())

    with serve(take_two) as peer, pytest.raises(OutcomeUnknown):
        send(settings(peer.url), READ, NON_IDEMPOTENT)
    assert (len(peer.requests), peer.connections) == (2, 1)


def test_no_address_and_no_secret_is_logged_at_any_level(send, caplog):
    address = "+13115552368"
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "asyncio", "aiohttp"):
        caplog.set_level(logging.DEBUG, logger=name)
    with Sandbox(seed=7).serve() as sandbox:
        connection = sandbox.connection()
        reach = Settings(
            BasicCredentials(connection["login"], connection["password"]),
            Hosts(base_url=connection["extra"]["base_url"]),
        )
        send(reach, conversations.list_participant_conversations(address=address))
    assert address[2:] not in caplog.text
    assert connection["password"] not in caplog.text
    assert reach.credentials.header.split()[1] not in caplog.text
