"""Planted faults: that they happen, that they happen as often as told, and what is left behind."""

from __future__ import annotations

import logging
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from airflow_provider_flexout.sandbox import HttpRequest, Sandbox

PATH = "/v1/Conversations"
READS_FOR_A_MOMENT = httpx.Timeout(60, read=0.2)


def raw_request(sandbox: Sandbox, http: httpx.Client) -> bytes:
    """Write a request that creates a conversation, as it goes over the wire."""
    prepared = next(http.auth.sync_auth_flow(httpx.Request("POST", sandbox.base_url + PATH)))
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {prepared.headers['authorization']}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def raw_answer(base_url: str, request: bytes) -> bytes:
    """Return all bytes that come back until the connection is closed."""
    address = urlsplit(base_url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received


@pytest.mark.parametrize(("plant", "left"), [("drop_response", 1), ("lose_request", 0)])
def test_a_closed_connection_has_carried_no_byte(sandbox, http, plant, left):
    fault = getattr(sandbox.faults, plant)("CreateConversation")
    assert raw_answer(sandbox.base_url, raw_request(sandbox, http)) == b""
    assert fault.fired == 1
    assert len(sandbox.conversations) == left
    assert [(each.status, each.fault) for each in sandbox.requests] == [(None, plant)]
    assert http.post(PATH).status_code == 201


def test_a_connection_that_its_client_has_closed_before_is_no_error(sandbox, http, caplog):
    sandbox.faults.drop_response("CreateConversation")
    sandbox.faults.delay("CreateConversation", 0.2)
    sandbox.faults.delay("ListConversation", 0.5)
    address = urlsplit(sandbox.base_url)
    log = logging.getLogger("uvicorn.error")
    log.addHandler(caplog.handler)
    try:
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(raw_request(sandbox, http))
            while not sandbox.requests:
                time.sleep(0.01)
        assert http.get(PATH).status_code == 200  # its response waits longer, so the other's time is over
    finally:
        log.removeHandler(caplog.handler)
    assert sandbox.requests[0].fault == "drop_response"
    assert caplog.text == ""


def test_clients_see_a_server_that_hung_up(sandbox, http):
    sandbox.faults.drop_response("*")
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(PATH)
    assert len(sandbox.conversations) == 1


@pytest.mark.parametrize(
    ("planted", "status", "code", "left"),
    [
        ({}, 500, 20500, 0),
        ({"status": 503}, 503, 20503, 0),
        ({"status": 503, "committed": True}, 503, 20503, 1),
        ({"status": 502, "code": 31005}, 502, 31005, 0),
    ],
)
def test_errors_before_or_after_the_commit(sandbox, http, planted, status, code, left):
    sandbox.faults.fail("CreateConversation", **planted)
    answer = http.post(PATH)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(sandbox.conversations) == left
    assert http.post(PATH).status_code == 201


def test_a_committed_failure_hides_even_a_refusal(sandbox, http):
    http.post(PATH, data={"UniqueName": "x"})
    sandbox.faults.fail("CreateConversation", committed=True)
    assert http.post(PATH, data={"UniqueName": "x"}).status_code == 500


def test_too_many_requests_are_not_processed(sandbox, http):
    sandbox.faults.rate_limit("CreateConversation", times=2)
    sandbox.faults.rate_limit("CreateConversation", retry_after=7)
    answers = [http.post(PATH) for _ in range(4)]
    assert [each.status_code for each in answers] == [429, 429, 429, 201]
    assert [each.headers.get("retry-after") for each in answers] == [None, None, "7", None]
    assert answers[0].json()["code"] == 20429
    assert len(sandbox.conversations) == 1


def test_a_late_answer_was_committed_in_time(sandbox, http):
    sandbox.faults.delay("CreateConversation", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        http.post(PATH, timeout=READS_FOR_A_MOMENT)
    give_up = time.monotonic() + 30
    while not sandbox.requests:  # on a busy machine, the client may have given up before it is read
        assert time.monotonic() < give_up
        time.sleep(0.01)
    assert len(sandbox.conversations) == 1
    assert sandbox.requests[-1].fault == "delay"


def test_an_answer_that_waits_does_not_hold_up_others(sandbox, http):
    sandbox.faults.delay("CreateConversation", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        http.post(PATH, timeout=READS_FOR_A_MOMENT)
    assert http.get(PATH, timeout=25).status_code == 200


def test_in_memory_a_response_says_what_to_do():
    sandbox = Sandbox(seed=1)
    sandbox.faults.drop_response("CreateConversation")
    sandbox.faults.delay("CreateConversation", "2s")
    response = sandbox.handle(HttpRequest("POST", PATH))
    assert (response.connection, response.delay, response.body) == ("closed", 2.0, b"")
    assert sandbox.handle(HttpRequest("POST", PATH)).connection == "open"


def test_faults_wait_for_their_operation_and_are_counted(sandbox, http):
    fault = sandbox.faults.fail("ListConversation", times=2)
    sandbox.faults.fail("CreateInteraction", times=None)
    assert sandbox.faults.planted == 3
    assert http.post(PATH).status_code == 201
    assert (fault.fired, sandbox.faults.fired) == (0, 0)
    assert [http.get(PATH).status_code for _ in range(3)] == [500, 500, 200]
    assert (fault.fired, sandbox.faults.fired, sandbox.faults.planted) == (2, 2, 1)
    sandbox.faults.clear()
    assert sandbox.faults.planted == 0


def test_a_storm_repeats_itself_for_the_same_seed():
    def storm(seed: int) -> list[int]:
        sandbox = Sandbox(seed=seed)
        sandbox.faults.fail("*", 503, times=None, probability=0.5)
        return [sandbox.handle(HttpRequest("GET", PATH)).status for _ in range(200)]

    assert storm(1) == storm(1)
    assert storm(1) != storm(2)
    assert 60 < storm(1).count(503) < 140


def test_what_comes_faster_than_the_rate_is_refused_and_not_carried_out(sandbox, http):
    fault = sandbox.faults.throttle("CreateConversation", per_second=0.001, burst=3)
    answers = [http.post(PATH).status_code for _ in range(5)]
    assert answers == [201, 201, 201, 429, 429]
    assert fault.fired == 2
    assert len(sandbox.conversations) == 3
    assert http.get(PATH).status_code == 200
