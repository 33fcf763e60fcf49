"""Whose account it is, and that no secret shows."""

from __future__ import annotations

from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Settings
from tests.unit.twilio.http.responses import ACCOUNT, OAUTH, SETTINGS


def test_secrets_are_in_no_repr(connect):
    settings = Settings(OAUTH, proxy="http://user:pass@proxy")
    shown = repr(settings) + repr(BasicCredentials("AC", "the-auth-token")) + repr(connect())
    for secret in (OAUTH.client_secret, "the-auth-token", "user:pass"):
        assert secret not in shown


def test_an_account_is_known_by_its_sid_or_else_by_the_credentials():
    assert SETTINGS.account == ACCOUNT
    assert Settings(BasicCredentials("SK1", "secret")).account == "SK1"
    assert Settings(OAUTH).account == OAUTH.client_id
    assert Settings(OAUTH, account_sid=ACCOUNT).account == ACCOUNT
