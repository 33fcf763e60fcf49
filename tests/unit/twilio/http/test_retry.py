"""What may be sent again: each row is one outcome, each column one kind of call."""

from __future__ import annotations

import httpx
import pytest

from airflow_provider_flexout.twilio.api import conversations, interactions, messages
from airflow_provider_flexout.twilio.http.client import AsyncClient, Client
from airflow_provider_flexout.twilio.http.errors import (
    Conflict,
    ConnectionFailed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    ServiceUnavailable,
)
from airflow_provider_flexout.twilio.http.rate_limiter import RateLimiter
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Settings

CH = "CH" + "a" * 32
READ = conversations.fetch_conversation(CH)
IDEMPOTENT = conversations.update_conversation(CH, attributes={"a": 1})
NON_IDEMPOTENT = messages.create_message(CH, body="Hello")
KINDS = {"read": READ, "safe write": IDEMPOTENT, "contact": NON_IDEMPOTENT}


def ok() -> httpx.Response:
    return httpx.Response(200, json={"sid": CH})


def refusal(status: int, code: int | None = None, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": "no", "status": status}, headers=headers)


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
    network.will(refusal(429, 20429, **{"Retry-After": "7"}), refusal(429, 20429), ok())
    assert client.send(KINDS[kind]).sid == CH
    assert network.slept[0] == 7
    assert 0 < network.slept[1] <= 1


@pytest.mark.parametrize("kind", ["read", "safe write"])
@pytest.mark.parametrize("problem", [*SENT_AND_LOST, 500, 502, 503, 504], ids=str)
def test_what_is_harmless_is_repeated_when_its_outcome_is_unknown(client: Client, network, kind, problem):
    network.will(refusal(problem) if isinstance(problem, int) else problem, ok())
    assert client.send(KINDS[kind]).sid == CH
    assert len(network.requests) == 2


@pytest.mark.parametrize("problem", [*SENT_AND_LOST, 500, 502, 503, 504], ids=str)
@pytest.mark.parametrize(
    "call", [NON_IDEMPOTENT, interactions.create_interaction({"type": "sms"}, {})], ids=lambda call: call.name
)
def test_what_reaches_a_customer_is_never_repeated_blindly(client: Client, network, problem, call):
    network.will(refusal(problem) if isinstance(problem, int) else problem)
    with pytest.raises(OutcomeUnknown):
        client.send(call)
    assert len(network.requests) == 1


def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(client: Client, network):
    network.will(httpx.Response(201, text="<html>"))
    with pytest.raises(OutcomeUnknown, match="cannot be read"):
        client.send(NON_IDEMPOTENT)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("status", "error"), [(400, RequestRejected), (404, NotFound), (409, Conflict)])
def test_a_refusal_is_final(client: Client, network, kind, status, error):
    network.will(refusal(status, 50407))
    with pytest.raises(error) as caught:
        client.send(KINDS[kind])
    assert caught.value.permanent
    assert len(network.requests) == 1


@pytest.mark.parametrize("code", [45010, 45780])
def test_flex_names_its_rate_limits_by_code(client: Client, network, code):
    network.will(refusal(400, code), ok())
    assert client.send(NON_IDEMPOTENT).sid == CH


def test_trouble_further_down_leaves_the_outcome_unknown(client: Client, network):
    network.will(refusal(400, 45352))
    with pytest.raises(OutcomeUnknown):
        client.send(NON_IDEMPOTENT)


def test_patience_ends(client: Client, network):
    network.will(*[refusal(503) for _ in range(5)])
    with pytest.raises(ServiceUnavailable, match="tried 5 times"):
        client.send(READ)
    assert len(network.slept) == 4
    network.will(*[httpx.ConnectError("refused") for _ in range(5)])
    with pytest.raises(ConnectionFailed):
        client.send(READ)


def test_a_rate_limit_longer_than_our_patience_is_handed_to_airflow(client: Client, network):
    network.will(refusal(429, 20429, **{"Retry-After": "600"}))
    with pytest.raises(RateLimited) as caught:
        client.send(READ)
    assert caught.value.retry_after == 600
    assert not caught.value.permanent
    assert network.slept == []


def test_a_call_can_ask_for_less_patience(client: Client, network):
    network.will(refusal(429, 20429, **{"Retry-After": "7"}))
    with pytest.raises(RateLimited):
        client.send(NON_IDEMPOTENT.within(5))


async def _send(client: AsyncClient) -> None:
    async with client:
        await client.send(NON_IDEMPOTENT)


def test_both_drivers_decide_alike(network):
    import asyncio

    async def sleep(seconds: float) -> None:
        network.slept.append(seconds)

    client = AsyncClient(
        Settings(BasicCredentials("AC" + "0" * 32, "token")),
        transport=httpx.MockTransport(network),
        rate_limiter=RateLimiter(clock=lambda: sum(network.slept), sleep=sleep),
        sleep=sleep,
    )
    network.will(refusal(429, 20429, **{"Retry-After": "7"}), httpx.ConnectError("x"), refusal(500))
    with pytest.raises(OutcomeUnknown):
        asyncio.run(_send(client))
    assert len(network.requests) == 3
    assert network.slept[0] == 7
