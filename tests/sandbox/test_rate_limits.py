"""Twilio's published limits: each of its own resource, over HTTP, and again after a restart."""

from __future__ import annotations

import base64

import pytest

from airflow_provider_flexout.sandbox import HttpRequest, Sandbox
from airflow_provider_flexout.sandbox.server.journal import Journal
from airflow_provider_flexout.sandbox.wire import rate_limits

SEARCHES = [
    ("Tasks", "EvaluateTaskAttributes", "key == 'fx1'"),
    ("Workers", "TargetWorkersExpression", "name == 'ana'"),
    ("TaskQueues", "EvaluateWorkerAttributes", '{"name": "ana"}'),
]


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch, sandbox) -> None:
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 5.0)
    sandbox.reset()


@pytest.fixture
def url(sandbox) -> str:
    return f"/v1/Workspaces/{sandbox.connection()['extra']['workspace_sid']}"


@pytest.mark.parametrize(("what", "parameter", "expression"), SEARCHES)
def test_three_searches_a_second(sandbox, http, url, what, parameter, expression):
    def search() -> int:
        return http.get(f"{url}/{what}", params={parameter: expression}).status_code

    assert [search() for _ in range(3)].count(429) == 0
    refused = http.get(f"{url}/{what}", params={parameter: expression})
    assert (refused.status_code, refused.json()["code"]) == (429, 20429)
    assert sandbox.requests[-1].fault == "rate_limits"
    assert http.get(f"{url}/{what}").status_code == 200  # a list without an expression
    assert http.post("/v1/Conversations").status_code == 201
    sandbox.clock.advance("1s")
    assert [search() for _ in range(4)].count(429) == 1
    sandbox.settings.update({"rate_limits": False})
    assert [search() for _ in range(10)].count(429) == 0


def test_thirty_conversations_and_thirty_messages_in_each(sandbox, http):
    made = [http.post("/v1/Conversations") for _ in range(30)]
    assert {one.status_code for one in made} == {201}
    assert http.post("/v1/Conversations").status_code == 429
    one, other = (each.json()["sid"] for each in made[:2])

    def say(conversation: str) -> int:
        return http.post(f"/v1/Conversations/{conversation}/Messages", data={"Body": "Hello"}).status_code

    assert [say(one) for _ in range(31)] == [201] * 30 + [429]
    assert say(other) == 201
    assert len(sandbox.conversation(one).transcript) == 30


def test_a_journal_is_read_without_limits(tmp_path):
    def many(sandbox: Sandbox) -> list[int]:
        login = sandbox.connection()
        pair = base64.b64encode(f"{login['login']}:{login['password']}".encode()).decode()
        create = HttpRequest("POST", "/v1/Conversations", "", {"authorization": f"Basic {pair}"}, b"")
        return [sandbox.handle(create).status for _ in range(100)]

    file = tmp_path / "sandbox.db"
    journal = Journal(file, 7)
    first = Sandbox(7, frozen=True)
    first.keep(journal)
    statuses = many(first)
    assert (statuses.count(201), statuses.count(429)) == (30, 70)
    journal.close()
    second = Sandbox(7, frozen=True)
    assert second.keep(Journal(file)) == 30 == len(second.conversations)
