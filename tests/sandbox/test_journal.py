"""``--db``: what was acknowledged is there again, whatever happened to the process."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from airflow_provider_flexout.cli import main
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.server.journal import Journal, JournalError
from airflow_provider_flexout.sandbox.wire.http import HttpRequest, HttpResponse

KILLS, WRITERS, ACKNOWLEDGED_BEFORE_A_KILL = 4, 3, 40
CONNECTION = Sandbox().connection()
AUTH = (CONNECTION["login"], CONNECTION["password"])


def interaction(number: int) -> dict[str, str]:
    """Return the form of an interaction with a customer of its own."""
    extra, address = CONNECTION["extra"], f"+1202{number:07}"
    properties = {name: extra[name] for name in ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")}
    participants = [{"address": address, "proxy_address": extra["sms_from"]}]
    channel = {"type": "sms", "initiated_by": "agent", "participants": participants}
    return {"Channel": json.dumps(channel), "Routing": json.dumps({"properties": properties})}


class Command:
    """``flexout sandbox --db`` as a process that is killed, never stopped."""

    def __init__(self, file: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "airflow_provider_flexout.cli.main",
            "sandbox",
            "--port",
            "0",
            "--no-log",
        ]
        self.process = subprocess.Popen([*command, "--db", str(file)], stdout=subprocess.PIPE, text=True)
        line = next(line for line in self.process.stdout if "ready at" in line)
        self.url = line.split()[-1]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, auth=AUTH, trust_env=False, timeout=10)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


class Writers:
    """Clients that write until their server is gone, and remember what it acknowledged."""

    def __init__(self) -> None:
        self.interactions: dict[int, dict[str, Any]] = {}
        self.conversations: dict[str, str] = {}
        self._enough = threading.Condition()
        self._number = 0

    def write_until_killed(self, command: Command) -> None:
        wanted = len(self.interactions) + ACKNOWLEDGED_BEFORE_A_KILL
        threads = [threading.Thread(target=self._write, args=(command,)) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        with self._enough:
            assert self._enough.wait_for(lambda: len(self.interactions) >= wanted, timeout=60)
        command.kill()  # while all of them are writing
        for thread in threads:
            thread.join()

    def _write(self, command: Command) -> None:
        with command.client() as client:
            while True:
                with self._enough:
                    self._number += 1
                    number = self._number
                try:
                    made = client.post("/v1/Interactions", data=interaction(number))
                    named = client.post("/v1/Conversations", data={"UniqueName": f"name-{number}"})
                except httpx.TransportError:
                    return
                with self._enough:
                    self.interactions[number] = made.json()
                    self.conversations[f"name-{number}"] = named.json()["sid"]
                    self._enough.notify_all()


def test_what_was_acknowledged_outlives_sigkill(tmp_path):
    writers = Writers()
    for _ in range(KILLS):
        command = Command(tmp_path / "sandbox.db")
        writers.write_until_killed(command)
    command = Command(tmp_path / "sandbox.db")
    with closing(command.process.stdout), command.client() as client:
        kept = client.get("/sandbox/interactions", params={"limit": 100_000}).json()["interactions"]
        held = {one["sid"]: one["channel_sid"] for one in kept}
        acknowledged = {one["sid"]: one["channel"]["sid"] for one in writers.interactions.values()}
        assert len(acknowledged) >= KILLS * ACKNOWLEDGED_BEFORE_A_KILL
        assert acknowledged.items() <= held.items()
        for name, sid in writers.conversations.items():
            assert client.get(f"/v1/Conversations/{name}").json()["sid"] == sid
        # In flight when the process died, and nobody knows: at most one request per writer and kill.
        assert len(held) <= len(acknowledged) + KILLS * WRITERS
        command.kill()


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
    request = httpx.Request(method, f"http://localhost{path}", data=form)
    headers = {**request.headers, "authorization": httpx.BasicAuth(*AUTH)._auth_header}
    return sandbox.handle(HttpRequest(method, path, "", headers, request.read()))


def control(sandbox: Sandbox, path: str, body: dict[str, Any]) -> Any:
    answer = sandbox.handle(HttpRequest("POST", f"/sandbox/{path}", body=json.dumps(body).encode()))
    assert answer.status == 200, answer.body
    return answer.json()


def told(sandbox: Sandbox) -> tuple[Any, ...]:
    return (sandbox.conversations, sandbox.interactions, sandbox.tasks)


def test_everything_is_as_it_was_and_goes_on(start):
    first = start()
    control(first, "clock", {"frozen": True})
    control(first, "agents", {"accepts": {"after": "10m"}, "says": {"text": "Hello", "after": "1m"}})
    control(first, "customers", {"replies": {"text": "yes", "after": "2h"}})
    control(first, "settings", {"task_list_lag": 5})
    control(first, "faults", {"kind": "fail", "operation": "FetchConversation", "times": 2})
    made = ask(first, "POST", "/v1/Interactions", interaction(1)).json()
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
    with pytest.raises(JournalError, match="was begun with seed 7, not 8"):
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
    with pytest.raises(JournalError, match="no file of the sandbox"):
        Journal(text)
    assert (theirs.read_bytes(), text.read_text()) == (before, "a note " * 1000)
    with pytest.raises(JournalError, match="unable to open"):
        Journal(tmp_path / "nowhere" / "sandbox.db")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("PRAGMA user_version = 99", "has format 99, and this version of flexout reads format 1."),
        ("UPDATE requests SET sid = 'CH0'", "request 1 (POST /v1/Conversations) answered 201 CH0 then"),
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
    assert "Take another file, or the version that wrote it." in done.stderr
