"""Reading an Airflow connection."""

from __future__ import annotations

import json

import certifi
import pytest
from airflow.sdk import Connection

from airflow_provider_flexout.connection.settings import read_connection
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, OAuthCredentials

SECRET = "s3cret-of-the-connection"
ACCOUNT = "AC" + "1" * 32


def connection(login: str | None = ACCOUNT, password: str | None = SECRET, **extra: object) -> Connection:
    return Connection(
        conn_id="flex", conn_type="flexout", login=login, password=password, extra=json.dumps(extra)
    )


@pytest.mark.parametrize(
    ("login", "credentials"),
    [
        (ACCOUNT, BasicCredentials(ACCOUNT, SECRET)),
        ("SK" + "2" * 32, BasicCredentials("SK" + "2" * 32, SECRET)),
        ("OQ" + "3" * 32, OAuthCredentials("OQ" + "3" * 32, SECRET)),
    ],
    ids=["account", "API key", "OAuth client"],
)
def test_the_login_says_how_to_authenticate(login, credentials):
    read = read_connection(connection(login))
    assert read.settings.credentials == credentials
    assert read.account_sid == (login if login == ACCOUNT else None)


def test_the_account_of_an_api_key_is_in_the_extra():
    assert read_connection(connection("SK" + "2" * 32, account_sid=ACCOUNT)).account_sid == ACCOUNT


def test_what_the_form_leaves_empty_is_left_out():
    read = read_connection(connection(timeout="", verify="", proxy="", base_url="", region="", sms_from=""))
    plain = read_connection(connection())
    assert (read.settings, read.defaults) == (plain.settings, plain.defaults)


@pytest.mark.parametrize(
    ("given", "meant"),
    [(True, True), ("true", True), ("False", False), (False, False), (certifi.where(), certifi.where())],
)
def test_tls_is_verified_as_the_connection_says(given, meant):
    assert read_connection(connection(verify=given)).settings.verify == meant


def test_senders_and_sids_are_defaults_for_operators():
    read = read_connection(connection(sms_from="+13115550100", workspace_sid="WS" + "5" * 32))
    assert (read.defaults.senders["sms_from"], read.defaults.workspace_sid) == (
        "+13115550100",
        "WS" + "5" * 32,
    )
