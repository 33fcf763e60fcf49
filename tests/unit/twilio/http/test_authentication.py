from __future__ import annotations

import asyncio
import base64
from urllib.parse import parse_qs

import httpx
import pytest

from airflow_provider_flexout.twilio.api import conversations, messages
from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    RequestRejected,
    ServiceUnavailable,
)
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, OAuthCredentials, Settings

CH = "CH" + "a" * 32
READ = conversations.fetch_conversation(CH)
OAUTH = OAuthCredentials("OQ" + "1" * 32, "the-client-secret")


def token(value: str, expires_in: int = 3600) -> httpx.Response:
    return httpx.Response(200, json={"access_token": value, "token_type": "Bearer", "expires_in": expires_in})


def ok() -> httpx.Response:
    return httpx.Response(200, json={"sid": CH})


def refused(status: int = 401) -> httpx.Response:
    return httpx.Response(status, json={"code": 20003, "message": "Authenticate", "status": status})


@pytest.mark.parametrize("username", ["AC" + "0" * 32, "SK" + "0" * 32])
def test_accounts_and_keys_use_http_basic(connect, network, username):
    network.will(ok())
    connect(credentials=BasicCredentials(username, "s3cret")).send(READ)
    scheme, value = network.requests[0].headers["Authorization"].split()
    assert scheme == "Basic"
    assert base64.b64decode(value).decode() == f"{username}:s3cret"


def test_an_oauth_client_fetches_one_token_for_many_calls(connect, network):
    network.will(token("first"), ok(), ok())
    client = connect(credentials=OAUTH)
    client.send(READ)
    client.send(READ)
    asked, *rest = network.requests
    assert str(asked.url) == "https://oauth.twilio.com/v2/token"
    assert parse_qs(asked.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": [OAUTH.client_id],
        "client_secret": [OAUTH.client_secret],
    }
    assert "Authorization" not in asked.headers
    assert [request.headers["Authorization"] for request in rest] == ["Bearer first"] * 2


def test_a_token_outlives_the_client(connect, network):
    network.will(token("first"), ok(), ok())
    connect(credentials=OAUTH).send(READ)
    connect(credentials=OAUTH).send(READ)
    assert len(network.requests) == 3


def test_a_token_is_renewed_shortly_before_it_expires(connect, network, monkeypatch):
    now = 1000.0
    monkeypatch.setattr("airflow_provider_flexout.twilio.http.token_cache.time.monotonic", lambda: now)
    network.will(token("first"), ok(), ok(), token("second"), ok())
    client = connect(credentials=OAUTH)
    client.send(READ)
    now += 3600 - 61
    client.send(READ)
    now += 2
    client.send(READ)
    assert network.requests[-1].headers["Authorization"] == "Bearer second"


def test_a_refused_token_is_replaced_once(connect, network):
    network.will(token("first"), refused(), token("second"), ok())
    connect(credentials=OAUTH).send(messages.create_message(CH, body="Hello"))
    assert network.requests[-1].headers["Authorization"] == "Bearer second"

    network.will(refused(), token("third"), refused())
    with pytest.raises(AuthenticationFailed):
        connect(credentials=OAUTH).send(READ)


def test_http_basic_is_not_tried_twice(client, network):
    network.will(refused())
    with pytest.raises(AuthenticationFailed, match="login and password"):
        client.send(READ)


def test_a_wrong_client_secret_is_a_refusal(connect, network):
    network.will(refused(400))
    with pytest.raises(RequestRejected, match="CreateOauth2Token"):
        connect(credentials=OAUTH).send(READ)


def test_no_token_means_that_nothing_was_sent(connect, network):
    network.will(*[httpx.ReadTimeout("late")] * 5)
    with pytest.raises(ServiceUnavailable, match="CreateOauth2Token"):
        connect(credentials=OAUTH).send(messages.create_message(CH, body="Hello"))


def test_a_call_whose_time_is_over_when_the_token_comes_is_not_sent(connect, network):
    network.will(token("first"))
    call = messages.create_message(CH, body="Hello").within(-1)
    with pytest.raises(ConnectionFailed, match="nothing was sent"):
        connect(credentials=OAUTH).send(call)
    assert len(network.requests) == 1


def test_many_at_once_fetch_one_token(network):
    async def run() -> None:
        client = AsyncClient(Settings(OAUTH), transport=httpx.MockTransport(network))
        async with client:
            await asyncio.gather(*(client.send(READ) for _ in range(20)))

    network.will(token("first"), *[ok() for _ in range(20)])
    asyncio.run(run())
    assert len(network.requests) == 21


def test_secrets_are_in_no_repr(connect):
    settings = Settings(OAUTH, proxy="http://user:pass@proxy")
    shown = repr(settings) + repr(BasicCredentials("AC", "the-auth-token")) + repr(connect())
    for secret in (OAUTH.client_secret, "the-auth-token", "user:pass"):
        assert secret not in shown
