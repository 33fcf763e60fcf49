from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.twilio.api.conversations import list_conversations


def test_nothing_is_looked_up_before_it_is_needed():
    FlexHook("there_is_no_such_connection")


@pytest.mark.parametrize("auth", ["basic", "api_key", "oauth"])
def test_the_test_button_says_who_accepted_the_credentials(use_connection, served, auth):
    use_connection(auth)
    ok, message = FlexHook().test_connection()
    assert ok, message
    who = f"{served.base_url} (the connection's base_url: everything goes there, not to Twilio)"
    assert message.startswith(f"{who} accepts the credentials. Workspace: ")


def test_a_proxy_of_the_environment_does_not_keep_anybody_from_the_sandbox(
    use_connection, served, monkeypatch
):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    assert httpx.get(served.base_url).status_code == 200, "the fixture lets every client through"
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name)
    ok, message = FlexHook().test_connection()
    assert ok, message

    async def ask():
        async with FlexHook().shared_async_conn() as client:
            return await client.send(list_conversations(page_size=1))

    assert asyncio.run(ask()).items == []


def test_the_test_button_knows_a_key_of_another_account(use_connection, served):
    ours = served.connection()["extra"]["account_sid"]
    use_connection("api_key", account_sid="AC" + "9" * 32)
    assert FlexHook().test_connection() == (
        False,
        f"These credentials belong to {ours}, not to AC{'9' * 32}.",
    )


def test_the_test_button_says_what_else_is_wrong(use_connection, served):
    served.account.flex_status = "notstarted"
    ok, message = FlexHook().test_connection()
    assert not ok
    assert "accepts the credentials. Workspace: " in message
    told = (
        "But flex: Flex's setup is notstarted. Set up Flex in this account. To see all of it: flexout doctor"
    )
    assert message.endswith(f"{told} --conn-id flexout_default")


def test_the_diagnosis_of_each_kind_of_credentials(use_connection, served):
    for auth, said in (
        ("basic", "auth token of AC"),
        ("api_key", "API key SK"),
        ("oauth", "OAuth client OQ"),
    ):
        use_connection(auth)
        found = FlexHook().diagnose()
        assert {one.level.value for one in found} == {"good"}
        assert said in found[0].seen


def test_the_test_button_without_a_workspace(use_connection):
    use_connection(workspace_sid="")
    ok, message = FlexHook().test_connection()
    assert ok
    assert message.endswith("accepts the credentials. No workspace_sid is set.")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "wrong-s3cret"}, "code 20003"),
        ({"login": "XX1"}, "login must be an account SID"),
        ({"extra": {"base_url": "http://127.0.0.1:1"}}, "could not reach http://127.0.0.1:1 ("),
        ({"extra": {"base_url": "http://127.0.0.1:1"}}, "start it: flexout sandbox"),
    ],
    ids=["password", "login", "base_url", "sandbox"],
)
@pytest.mark.parametrize("auth", ["basic", "oauth"])
def test_the_test_button_says_what_is_wrong_and_no_secret(served, monkeypatch, change, sentence, auth):
    # A refused connection is tried again for a while; here there is nobody to wait for.
    monkeypatch.setattr("airflow_provider_flexout.twilio.http.timing.FIRST_BACKOFF", 0.0)
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(served.connection(auth) | change))
    ok, message = FlexHook().test_connection()
    assert not ok
    assert sentence in message
    for secret in (served.connection(auth)["password"], "wrong-s3cret"):
        assert secret not in message


def test_the_asynchronous_client(use_connection):
    async def ask() -> int:
        async with await FlexHook().get_async_conn() as client:
            return len((await client.send(list_conversations())).items)

    assert asyncio.run(ask()) == 0
