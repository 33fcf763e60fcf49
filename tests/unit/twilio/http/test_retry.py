"""What may be sent again: each row is one outcome, each column one kind of call."""

from __future__ import annotations

import httpx
import pytest

from airflow_provider_flexout.twilio.api import conversations, interactions, messages
from airflow_provider_flexout.twilio.http.client import Client
from airflow_provider_flexout.twilio.http.errors import (
    Conflict,
    ConnectionFailed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    ServiceUnavailable,
)
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from tests.unit.twilio.http.responses import CH, READ, ok, rejected

IDEMPOTENT = conversations.update_conversation(CH, attributes={"a": 1})
NON_IDEMPOTENT = messages.create_message(CH, body="Hello")
KINDS = {"safe": READ, "idempotent": IDEMPOTENT, "non-idempotent": NON_IDEMPOTENT}


NEVER_LEFT = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("no route"),
    httpx.PoolTimeout("busy"),
    httpx.ProxyError("no tunnel"),
]


SENT_AND_LOST = [
    httpx.ReadTimeout("late"),
    httpx.WriteTimeout("late"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("problem", NEVER_LEFT, ids=lambda error: type(error).__name__)
def test_what_never_left_is_sent_again(client: Client, network, kind, problem):
    network.will(problem, ok())
    assert client.send(KINDS[kind]).sid == CH
    assert len(network.requests) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_rate_limit_is_waited_for(client: Client, network, kind):
    network.will(rejected(429, 20429, **{"Retry-After": "7"}), rejected(429, 20429), ok())
    assert client.send(KINDS[kind]).sid == CH
    assert network.slept[0] == 7
    assert 0 < network.slept[1] <= 1


@pytest.mark.parametrize("kind", ["safe", "idempotent"])
@pytest.mark.parametrize("problem", [*SENT_AND_LOST, 500, 502, 503, 504], ids=str)
def test_harmless_calls_are_sent_again_when_their_outcome_is_unknown(client: Client, network, kind, problem):
    network.will(rejected(problem) if isinstance(problem, int) else problem, ok())
    assert client.send(KINDS[kind]).sid == CH
    assert len(network.requests) == 2


@pytest.mark.parametrize("problem", [*SENT_AND_LOST, 500, 502, 503, 504], ids=str)
@pytest.mark.parametrize(
    "call", [NON_IDEMPOTENT, interactions.create_interaction({"type": "sms"}, {})], ids=lambda call: call.name
)
def test_contacting_calls_are_not_sent_again_when_their_outcome_is_unknown(
    client: Client, network, problem, call
):
    network.will(rejected(problem) if isinstance(problem, int) else problem)
    with pytest.raises(OutcomeUnknown):
        client.send(call)
    assert len(network.requests) == 1


@pytest.mark.parametrize("body", ["<html>", "{}", '{"sid": null}', '{"sid": ""}'])
def test_a_body_that_cannot_be_read_leaves_the_outcome_unknown(client: Client, network, body):
    network.will(httpx.Response(201, text=body))
    with pytest.raises(OutcomeUnknown, match="cannot be read"):
        client.send(NON_IDEMPOTENT)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("status", "error"), [(400, RequestRejected), (404, NotFound), (409, Conflict)])
def test_a_rejection_is_final(client: Client, network, kind, status, error):
    network.will(rejected(status, 50407))
    with pytest.raises(error) as caught:
        client.send(KINDS[kind])
    assert caught.value.permanent
    assert len(network.requests) == 1


@pytest.mark.parametrize("code", [45010, 45780])
def test_flex_names_its_rate_limits_by_code(client: Client, network, code):
    network.will(rejected(400, code), ok())
    assert client.send(NON_IDEMPOTENT).sid == CH


def test_trouble_behind_flex_leaves_the_outcome_unknown(client: Client, network):
    network.will(rejected(400, 45352))
    with pytest.raises(OutcomeUnknown):
        client.send(NON_IDEMPOTENT)


def test_a_call_is_sent_five_times_at_most(client: Client, network):
    network.will(*[rejected(503) for _ in range(5)])
    with pytest.raises(ServiceUnavailable, match="tried 5 times"):
        client.send(READ)
    assert len(network.slept) == 4
    network.will(*[httpx.ConnectError("refused") for _ in range(5)])
    with pytest.raises(ConnectionFailed):
        client.send(READ)


def test_a_rate_limit_that_lasts_too_long_is_handed_to_airflow(client: Client, network):
    network.will(rejected(429, 20429, **{"Retry-After": "600"}))
    with pytest.raises(RateLimited) as caught:
        client.send(READ)
    assert caught.value.retry_after == 600
    assert not caught.value.permanent
    assert network.slept == []


def test_a_call_can_have_a_shorter_limit(client: Client, network):
    network.will(rejected(429, 20429, **{"Retry-After": "7"}))
    with pytest.raises(RateLimited):
        client.send(NON_IDEMPOTENT.within(5))


def test_the_waits_double_up_to_the_longest():
    error = ConnectionFailed("FetchConversation", "refused")
    policy = RetryPolicy(max_attempts=20, start_within=1000, max_backoff=20)
    waits = [policy.decide(READ, error, attempts, 0.0).wait for attempts in range(1, 10)]
    for wait, ceiling in zip(waits, [0.5, 1, 2, 4, 8, 16, 20, 20, 20], strict=True):
        assert ceiling / 2 <= wait <= ceiling


@pytest.mark.parametrize("attempts", [1_024, 1_026, 10**6])
def test_a_rate_limit_may_be_met_any_number_of_times(attempts):
    policy = RetryPolicy(start_within=10**9, max_backoff=20)
    wait = policy.decide(READ, RateLimited("FetchConversation", "no"), attempts, 0.0).wait
    assert 10 <= wait <= 20


def test_no_attempt_starts_after_the_limit():
    error = RateLimited("FetchConversation", "no", retry_after=7)
    policy = RetryPolicy(start_within=60)
    assert policy.decide(READ, error, 1, 53.0).wait == 7
    assert policy.decide(READ, error, 1, 53.1).wait is None
    assert policy.decide(READ.within(10), error, 1, 3.0).wait == 7
    assert policy.decide(READ.within(10), error, 1, 3.1).wait is None
    assert policy.decide(READ.within(600), error, 1, 53.1).wait is None


@pytest.mark.parametrize("value", ["0", "-5", "nan", "inf", "-inf", "soon", "Sun, 22 Nov 2026 10:00:00 GMT"])
def test_no_retry_after_makes_a_loop_without_a_pause(client, network, value):
    headers = {"Retry-After": value, "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    network.will(rejected(429, 20429, **headers), rejected(429, 20429, **headers), ok())
    client.send(conversations.fetch_conversation(CH))
    assert all(0.2 <= seconds <= 2 for seconds in network.slept)


def test_a_retry_after_may_be_a_date(client, network):
    headers = {"Retry-After": "Sun, 22 Nov 2026 10:00:30 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    network.will(rejected(429, 20429, **headers), ok())
    client.send(conversations.fetch_conversation(CH))
    assert network.slept == [30.0]
