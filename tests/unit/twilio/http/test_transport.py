"""Both transports on real sockets: where a request goes, and what is said of one that failed."""

from __future__ import annotations

import base64
import logging
from contextlib import suppress

import pytest

from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.twilio.api import conversations
from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.errors import (
    ConnectionFailed,
    ServiceUnavailable,
)
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Hosts, Settings
from airflow_provider_flexout.twilio.http.transport import proxy_for
from tests.unit.twilio.http.both_clients import (
    CREDENTIALS,
    NON_IDEMPOTENT,
    READ,
    by_client,
    respond_to_all,
    settings,
)
from tests.unit.twilio.http.peer import Peer, Visit, certificate, serve


def test_one_connection_carries_many_requests(send):
    with serve(respond_to_all) as peer:
        send(settings(peer.url), READ, NON_IDEMPOTENT, READ)
    assert (len(peer.requests), peer.connections) == (3, 1)


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
        peer.read_request(visit)
        visit.sock.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with serve(refuse) as proxy, pytest.raises(ConnectionFailed):
        send(settings("https://twilio.test", proxy=proxy.url), NON_IDEMPOTENT)
    assert proxy.requests[0].startswith(b"CONNECT twilio.test:443")
    assert CREDENTIALS.header.encode() not in proxy.requests[0]


def test_a_request_whose_connection_takes_too_long_is_not_sent(send, monkeypatch, tmp_path):
    """Each phase keeps its timeout. A request that is too late could arrive after that of another attempt."""
    monkeypatch.setattr(timing, "BEGINS_WITHIN", 0.3)
    tls, written = certificate(tmp_path), []

    def open_late(peer: Peer, visit: Visit) -> None:
        peer.read_request(visit)
        visit.sock.settimeout(0.6)
        with suppress(TimeoutError):
            if not visit.sock.recv(1):  # the client has gone
                return
        visit.sock.settimeout(None)
        visit.sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        written.append(Visit(tls.wrap_socket(visit.sock, server_side=True)).read_request())

    with serve(open_late) as proxy:
        by_proxy = settings("https://twilio.test", proxy=proxy.url, verify=False)
        error = proxy.error_once_read(lambda: send(by_proxy, NON_IDEMPOTENT))
    assert isinstance(error, ConnectionFailed)
    assert proxy.requests[0].startswith(b"CONNECT twilio.test:443")
    assert written in ([], [b""])


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
    assert "5552368" not in str(caught.value)


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


def test_a_url_that_is_too_long_for_httpx_is_not_sent():
    with serve(respond_to_all) as peer, pytest.raises(ConnectionFailed, match="URL too long"):
        by_client(settings(peer.url), conversations.fetch_conversation("a" * 70_000))
    assert peer.requests == []


def test_a_name_that_nobody_knows(send):
    with pytest.raises(ConnectionFailed):
        send(settings("http://twilio.invalid"), NON_IDEMPOTENT)


def test_what_is_not_tls_means_that_nothing_was_sent(send):
    with serve(lambda _, visit: visit.respond()) as peer, pytest.raises(ConnectionFailed):
        send(settings(peer.url.replace("http", "https")), NON_IDEMPOTENT)


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
