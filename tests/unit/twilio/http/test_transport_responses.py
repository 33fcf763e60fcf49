"""Both transports on real sockets: responses that something is wrong with, and those that never end."""

from __future__ import annotations

import gzip
import threading
from contextlib import suppress

import pytest

from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.errors import (
    OutcomeUnknown,
    RateLimited,
    ServiceUnavailable,
)
from airflow_provider_flexout.twilio.http.request import MAX_CONTENT
from tests.unit.twilio.http.both_clients import (
    NON_IDEMPOTENT,
    READ,
    settings,
)
from tests.unit.twilio.http.peer import BODY, Peer, Visit, serve


def test_a_compressed_response_is_read(send):
    def compress(peer: Peer, visit: Visit) -> None:
        peer.read_request(visit)
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
    "beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"], ids=["none", "half"]
)
def test_a_response_that_does_not_come_to_its_end(send, beginning):
    def drop(peer: Peer, visit: Visit) -> None:
        peer.read_request(visit)
        visit.sock.sendall(beginning)

    with serve(drop) as peer, pytest.raises(OutcomeUnknown):
        send(settings(peer.url), NON_IDEMPOTENT)
    assert len(peer.requests) == 1


def test_a_response_that_is_late(send):
    def wait(peer: Peer, visit: Visit) -> None:
        peer.read_request(visit)
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
        if not peer.read_request(visit):
            return
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

    with serve(drip) as peer:
        error = peer.error_once_read(lambda: send(settings(peer.url, read_timeout=0.3), NON_IDEMPOTENT))
    assert isinstance(error, OutcomeUnknown)
    assert given_up.wait(30)
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "headers",
    [
        (b"Date: Mon, 01 Jan 2024 00:00:00 GMT", b"Date: Tue, 02 Jan 2024 00:00:00"),
        (b"Date: soon", b"Date: "),
        (b"Date: Mon, 23 Nov 99999999999999999999 12:00:00 GMT",),
        (b"Date: Fri, 31 Dec 9999 23:59:59 -2359", b"Retry-After: Fri, 31 Dec 9999 23:59:59 -2359"),
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
        peer.read_request(visit)
        visit.respond()
        peer.read_request(visit)

    with serve(take_two) as peer, pytest.raises(OutcomeUnknown):
        send(settings(peer.url), READ, NON_IDEMPOTENT)
    assert (len(peer.requests), peer.connections) == (2, 1)
