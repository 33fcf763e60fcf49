"""Fetching a token is a call like any other, and one token serves many calls and clients until it expires."""

from __future__ import annotations

from urllib.parse import parse_qs

import httpx
import pytest

from airflow_provider_flexout.twilio.api import messages
from airflow_provider_flexout.twilio.http.auth import Token, create_token, keep_token, valid_token
from airflow_provider_flexout.twilio.http.call import RetrySafety
from airflow_provider_flexout.twilio.http.errors import RequestRejected, ServiceUnavailable
from airflow_provider_flexout.twilio.http.settings import Settings
from tests.unit.twilio.http.responses import CH, OAUTH, READ, ok, rejected_credentials, token


def test_a_wrong_client_secret_is_a_rejection(connect, network):
    network.will(rejected_credentials(400))
    with pytest.raises(RequestRejected, match="CreateOauth2Token"):
        connect(credentials=OAUTH).send(READ)


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
def test_a_rejection_in_the_words_of_rfc_6749(connect, network, error):
    network.will(httpx.Response(400, json={"error": error}))
    with pytest.raises(RequestRejected, match="CreateOauth2Token"):
        connect(credentials=OAUTH).send(READ)


@pytest.mark.parametrize("error", ["Request Timeout", {"code": 408}, True, None])
def test_an_error_of_something_in_between_rejects_no_client(connect, network, error):
    network.will(*[httpx.Response(408, json={"error": error})] * 5)
    with pytest.raises(ServiceUnavailable, match="CreateOauth2Token"):
        connect(credentials=OAUTH).send(READ)


@pytest.mark.parametrize("value", ["", "two words", "a\r\nHost: evil.example", "tok\u00e9n", "token\n", 7])
def test_what_cannot_stand_in_a_header_is_no_token(connect, network, value):
    network.will(*[httpx.Response(200, json={"access_token": value})] * 5)
    with pytest.raises(ServiceUnavailable, match=r"CreateOauth2Token: .*cannot be read \(access_token\)"):
        connect(credentials=OAUTH).send(READ)


def test_no_token_means_that_nothing_was_sent(connect, network):
    network.will(*[httpx.ReadTimeout("late")] * 5)
    with pytest.raises(ServiceUnavailable, match="CreateOauth2Token"):
        connect(credentials=OAUTH).send(messages.create_message(CH, body="Hello"))


def test_a_token_shows_its_lifetime_and_not_itself():
    assert repr(Token(access_token="secret", expires_in=60)) == "Token(expires_in=60.0)"
    assert create_token(OAUTH).retry_safety is RetrySafety.IDEMPOTENT


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
    monkeypatch.setattr("airflow_provider_flexout.twilio.http.auth.time.monotonic", lambda: now)
    network.will(token("first"), ok(), ok(), token("second"), ok())
    client = connect(credentials=OAUTH)
    client.send(READ)
    now += 3600 - 61
    client.send(READ)
    now += 2
    client.send(READ)
    assert network.requests[-1].headers["Authorization"] == "Bearer second"


def test_a_short_token_is_kept_for_half_of_its_life(monkeypatch):
    now = 1000.0
    monkeypatch.setattr("airflow_provider_flexout.twilio.http.auth.time.monotonic", lambda: now)
    settings = Settings(OAUTH)
    assert keep_token(settings, Token(access_token="short", expires_in=60)) == "short"
    now += 29
    assert valid_token(settings, None) == "short"
    assert valid_token(settings, "short") is None
    now += 2
    assert valid_token(settings, None) is None
