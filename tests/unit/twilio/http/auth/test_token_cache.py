"""One token serves many calls and clients, until shortly before it expires."""

from __future__ import annotations

from urllib.parse import parse_qs

from airflow_provider_flexout.twilio.http.auth import token_cache
from airflow_provider_flexout.twilio.http.auth.oauth import Token
from airflow_provider_flexout.twilio.http.settings import Settings
from tests.unit.twilio.http.responses import OAUTH, READ, ok, token


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
    monkeypatch.setattr("airflow_provider_flexout.twilio.http.auth.token_cache.time.monotonic", lambda: now)
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
    monkeypatch.setattr("airflow_provider_flexout.twilio.http.auth.token_cache.time.monotonic", lambda: now)
    settings = Settings(OAUTH)
    assert token_cache.put(settings, Token(access_token="short", expires_in=60)) == "short"
    now += 29
    assert token_cache.get(settings, None) == "short"
    assert token_cache.get(settings, "short") is None
    now += 2
    assert token_cache.get(settings, None) is None
