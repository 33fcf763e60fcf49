"""Fetching a token is a call as any other."""

from __future__ import annotations

import httpx
import pytest

from airflow_provider_flexout.twilio.api import messages
from airflow_provider_flexout.twilio.http.auth.oauth import Token, create_token
from airflow_provider_flexout.twilio.http.call import RetrySafety
from airflow_provider_flexout.twilio.http.errors import RequestRejected, ServiceUnavailable
from tests.unit.twilio.http.responses import CH, OAUTH, READ, rejected_credentials


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
