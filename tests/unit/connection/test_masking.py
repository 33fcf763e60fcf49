"""Secrets of a connection in places where Airflow does not look for any, and in Airflow's logs."""

from __future__ import annotations

import asyncio
import json

import pytest
from airflow.sdk._shared.secrets_masker import _secrets_masker, redact

from airflow_provider_flexout.connection.masking import amask, secrets_in
from airflow_provider_flexout.hooks.flex import FlexHook

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        (None, set()),
        ("redis://queue:6379/0", set()),
        ("redis://user:sesame-1@queue:6379/0", {"sesame-1"}),
        ("rediss://:sesame-1@queue", {"sesame-1"}),
        ("http://open%2Fsesame@proxy:8080/", {"open%2Fsesame", "open/sesame"}),
        ("http://user:open%40sesame@proxy:8080", {"open%40sesame", "open@sesame"}),
        ("redis://user:open@sesame:1@queue:6379/0", {"open@sesame:1"}),
    ],
)
def test_the_password_of_a_url(url, secrets):
    assert secrets_in(url) == secrets


@pytest.fixture
def masker():
    """Airflow's, which knows of no secret at first, and of none of ours later."""
    masker = _secrets_masker()
    before = masker.patterns, masker.replacer
    masker.patterns, masker.replacer = set(), None
    yield masker
    masker.patterns, masker.replacer = before


@pytest.fixture
def connection(monkeypatch):
    """A connection with a secret in each place that may have one; give the secrets."""
    secrets = {
        "events_queue": "open%40queue-sesame",
        "proxy": "proxy-sesame",
        "pseudonym_secret": "pseudonym-sesame",
        "password": TOKEN,
    }
    extra = {
        "events_queue": f"redis://user:{secrets['events_queue']}@queue:6379/0",
        "proxy": f"http://user:{secrets['proxy']}@proxy:8080",
        "pseudonym_secret": secrets["pseudonym_secret"],
    }
    made = {
        "conn_type": "flexout",
        "login": "AC" + "1" * 32,
        "password": TOKEN,
        "extra": json.dumps(extra),
    }
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(made))
    return [*secrets.values(), "open@queue-sesame"]


async def acquired():
    async with FlexHook().shared_async_conn():
        pass


def read_in_a_task():
    return FlexHook().settings


def read_in_an_event_loop():
    asyncio.run(acquired())


@pytest.mark.parametrize("read", [read_in_a_task, read_in_an_event_loop])
def test_whoever_reads_the_connection_lets_airflow_mask_its_secrets(connection, masker, read):
    text = " ".join(connection)
    assert redact(text) == text
    read()
    assert redact(text) == " ".join(["***"] * len(connection))


def test_the_password_of_the_environments_proxy_is_masked(masker, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:environment-sesame@proxy:8080")
    made = {"conn_type": "flexout", "login": "AC" + "1" * 32, "password": TOKEN}
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(made))
    read_in_a_task()
    assert redact("environment-sesame") == "***"


def test_an_airflow_that_cannot_mask_in_an_event_loop_is_told_otherwise(masker, monkeypatch):
    monkeypatch.delattr("airflow.sdk.log.amask_secret", raising=False)
    asyncio.run(amask(["open-sesame"]))
    assert redact("open-sesame") == "***"
