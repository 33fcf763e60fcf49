"""The journal: a sandbox goes on from its file, and the format of the file stays readable."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from airflow_provider_flexout.cli import main
from airflow_provider_flexout.sandbox import HttpRequest, HttpResponse, Sandbox
from airflow_provider_flexout.sandbox.server.journal import Journal, JournalError
from tests.unit.sandbox.conftest import control as controlled
from tests.unit.sandbox.conftest import interaction, request

RECORDED = Path(__file__).with_name("journal_format_1.sql")


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "sandbox.db"


@pytest.fixture
def start(file) -> Iterator[Callable[..., Sandbox]]:
    """Begin a sandbox, or go on with it as after a crash."""
    journals: list[Journal] = []

    def begin(seed: int | None = None) -> Sandbox:
        for journal in journals:
            journal.close()
        journals.append(Journal(file, seed))
        sandbox = Sandbox(journals[-1].seed)
        sandbox.keep(journals[-1])
        return sandbox

    yield begin
    for journal in journals:
        journal.close()


def ask(sandbox: Sandbox, method: str, path: str, form: dict[str, str] | None = None) -> HttpResponse:
    return sandbox.handle(request(method, path, form))


def control(sandbox: Sandbox, path: str, body: dict[str, Any]) -> Any:
    response = sandbox.handle(controlled(path, body))
    assert response.status == 200, response.body
    return response.json()


def told(sandbox: Sandbox) -> tuple[Any, ...]:
    return (sandbox.conversations, sandbox.interactions, sandbox.tasks)


def test_everything_is_as_it_was_and_goes_on(start):
    first = start()
    control(first, "clock", {"frozen": True})
    control(first, "agents", {"accepts": {"after": "10m"}, "says": {"text": "Hello", "after": "1m"}})
    control(first, "customers", {"replies": {"text": "yes", "after": "2h"}})
    control(first, "settings", {"task_list_lag": 5})
    control(first, "faults", {"kind": "fail", "operation": "FetchConversation", "times": 2})
    made = ask(first, "POST", "/v1/Interactions", interaction()).json()
    conversation = first.conversations[0].sid
    assert ask(first, "GET", f"/v1/Conversations/{conversation}").status == 500
    control(first, "clock", {"advance": "15m"})
    second = start()
    assert told(second) == told(first)
    assert [one.body for one in second.messages] == ["Hello"]
    assert (second.clock.now(), second.clock.frozen) == (first.clock.now(), True)
    assert (second.settings, second.faults.planted) == (first.settings, 1)
    assert second.requests.count("CreateInteraction") == 1
    for each in (first, second):
        each.clock.advance("3h")
    assert told(second) == told(first)
    assert [one.body for one in second.messages] == ["Hello", "yes"]
    assert ask(second, "GET", f"/v1/Interactions/{made['sid']}").status == 200
    assert start().conversations[0].sid == conversation


def test_chance_falls_the_same_way_again(start):
    first = start()
    control(first, "faults", {"kind": "fail", "operation": "*", "times": None, "probability": 0.5})
    statuses = [ask(first, "GET", "/v1/Conversations").status for _ in range(20)]
    statuses += [ask(first, "POST", "/v1/Conversations", {}).status for _ in range(20)]
    assert {200, 201, 500} == set(statuses)
    second = start()
    assert [one.status for one in second.requests] == statuses
    assert told(second) == told(first)


def test_time_passes_while_it_is_down(start):
    first = start()
    ask(first, "POST", "/v1/Conversations", {})
    control(first, "clock", {"advance": "30d"})
    second = start()
    assert abs((second.clock.now() - first.clock.now()).total_seconds()) < 60


def test_a_reset_empties_the_file(start, file):
    first = start()
    for _ in range(50):
        ask(first, "POST", "/v1/Conversations", {})
    control(first, "clock", {"frozen": True, "advance": "1h"})
    control(first, "reset", {})
    ask(first, "POST", "/v1/Conversations", {"FriendlyName": "after"})
    second = start()
    assert told(second) == told(first)
    assert (len(second.conversations), second.clock.frozen) == (1, True)
    assert second.clock.now() == first.clock.now()
    start()._journal.close()
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT count(*) FROM requests").fetchone() == (2,)


def test_refused_credentials_are_not_written_down(start, file):
    sandbox = start()
    headers = {"authorization": "Basic c2VjcmV0LXVzZXI6c2VjcmV0LXBhc3N3b3Jk"}
    assert (
        sandbox.handle(HttpRequest("POST", "/v1/Conversations", "", headers, b"FriendlyName=x")).status == 401
    )
    ask(sandbox, "POST", "/v2/token", {"grant_type": "client_credentials", "client_secret": "hush-hush"})
    assert len(start().requests) == 2
    written = b"".join(each.read_bytes() for each in file.parent.iterdir())
    assert b"c2VjcmV0" not in written
    assert b"hush-hush" not in written


def test_reading_costs_the_file_nothing(start, file):
    sandbox = start()
    before = {each: each.stat().st_size for each in file.parent.iterdir()}
    for _ in range(20):
        assert ask(sandbox, "GET", "/v1/Conversations").status == 200
    assert {each: each.stat().st_size for each in file.parent.iterdir()} == before


def test_the_file_keeps_its_seed(start, file):
    first = start(7)
    sid = ask(first, "POST", "/v1/Conversations", {}).json()["sid"]
    assert start().conversations[0].sid == sid
    start()._journal.close()
    with pytest.raises(JournalError, match="was created with seed 7, not 8"):
        Journal(file, 8)


def test_one_file_serves_one_sandbox(start, file):
    start()
    with pytest.raises(JournalError, match="another sandbox uses it"):
        Journal(file)


def test_files_of_others_are_left_alone(tmp_path):
    theirs = tmp_path / "theirs.db"
    with closing(sqlite3.connect(theirs)) as database:
        database.execute("CREATE TABLE precious (x)")
    before = theirs.read_bytes()
    with pytest.raises(JournalError, match="another program's database"):
        Journal(theirs)
    text = tmp_path / "notes.txt"
    text.write_text("a note " * 1000)
    with pytest.raises(JournalError, match="not a file of the sandbox"):
        Journal(text)
    assert (theirs.read_bytes(), text.read_text()) == (before, "a note " * 1000)
    with pytest.raises(JournalError, match="there is no folder"):
        Journal(tmp_path / "nowhere" / "sandbox.db")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("PRAGMA user_version = 99", "has format 99, and this version of flexout reads format 2."),
        ("UPDATE requests SET sid = 'CH0'", "(POST /v1/Conversations) had the response 201 CH0 then"),
    ],
)
def test_a_file_of_another_version_is_refused_in_a_sentence(start, file, change, said):
    ask(start(), "POST", "/v1/Conversations", {})
    start()._journal.close()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(change)
    done = CliRunner().invoke(main.build_app(), ["sandbox", "--port", "0", "--db", str(file)])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert said in done.stderr
    assert "Use another file, or the version that wrote it." in done.stderr


def test_the_format_is_the_one_that_is_written_down_here(start, file):
    """A change of any of these needs another format number, and a reader for the files that there are."""
    sandbox = start(7)
    sandbox.clock.freeze()
    ask(sandbox, "POST", "/v1/Conversations", {"UniqueName": "fx1"})
    start()._journal.close()
    with closing(sqlite3.connect(file)) as database:
        run = database.execute
        assert run("PRAGMA application_id").fetchone() == (0x666C6578,)
        assert run("PRAGMA user_version").fetchone() == (2,)
        assert run("SELECT * FROM sandbox").fetchall() == [(7, "")]
        cursor = run("SELECT * FROM requests")
        names = [each[0] for each in cursor.description]
        (row,) = (dict(zip(names, values, strict=True)) for values in cursor)
    assert names == [
        "n",
        "wall",
        "at",
        "frozen",
        "speed",
        "method",
        "path",
        "query",
        "headers",
        "body",
        "scheme",
        "status",
        "sid",
    ]
    sent = request("POST", "/v1/Conversations", {"UniqueName": "fx1"})
    assert list(row.items()) == list(
        {
            "n": 1,
            "wall": row["wall"],
            "at": sandbox.clock.time(),
            "frozen": 1,
            "speed": 1.0,
            "method": "POST",
            "path": "/v1/Conversations",
            "query": "",
            "headers": json.dumps(sent.headers),
            "body": b"UniqueName=fx1",
            "scheme": "http",
            "status": 201,
            "sid": "CH6513270e269e0d37f2a74de452e6b438",
        }.items()
    )


def test_a_file_that_an_earlier_version_wrote_is_taken_up(start, file):
    """Recorded by the first version that had a journal: SIDs, moments and what people did are the same."""
    with closing(sqlite3.connect(file)) as database:
        database.executescript(RECORDED.read_text())
        database.execute("PRAGMA application_id = 0x666C6578")
        database.execute("PRAGMA user_version = 1")
    sandbox = start()
    assert [each.sid for each in sandbox.conversations] == [
        "CH6b0d549b6f03675a1600a35a099950d8",
        "CH18f135d25f557203301850c5a38fd547",
    ]
    assert [(each.body, each.error_codes) for each in sandbox.messages] == [("Hello", (63016,)), ("yes", ())]
    (task,) = sandbox.tasks
    assert (task.sid, task.status) == ("WT36f675cc81e74ef5e8e25d940ed90475", "wrapping")
    assert (sandbox.clock.frozen, sandbox.clock.now().isoformat()) == (True, "2026-03-01T09:15:00+00:00")
    assert [each.status for each in sandbox.requests] == [200, 201, 201, 201, 409, 401]
