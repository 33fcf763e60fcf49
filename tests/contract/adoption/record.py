"""Recording what this version leaves at Twilio and in Airflow.

The command is ``python -m tests.contract.adoption.record VERSION [SCENARIO …]``.

Run it in a checkout of the version that is to be recorded, and never to make a failing test pass: what
stands in a recording is what customers' accounts hold.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="flexout-recording-"))

from airflow_provider_flexout.operators import dag_run
from airflow_provider_flexout.outreach.message import templates
from airflow_provider_flexout.sandbox.sandbox import ROUTES
from tests.contract.adoption.airflow_tasks import DagRun
from tests.contract.adoption.contents import SID, contents_of
from tests.contract.adoption.replay import ACCOUNT, FORM, JSON, RECORDINGS, account_of, authorization
from tests.contract.adoption.simulation import Exchange, Killed, Simulation, simulation_from

START = datetime(2026, 11, 23, 15, 0, tzinfo=timezone.utc)
SEED = 7


class Recorder:
    """One scenario while it is recorded.

    :param simulation: where it happens.
    :param name: the file's name.
    :param description: a sentence on what state this is.
    :param folder: for files.
    """

    def __init__(self, simulation: Simulation, name: str, description: str, folder: Path) -> None:
        self.simulation = simulation
        self._name, self._description, self._folder = name, description, folder
        run = {"dag_id": "late_orders", "run_id": "manual__2026-11-23T15:00:00+00:00_x7Qk2a9f"}
        self._described = {
            **run,
            "start_date": (START - timedelta(seconds=5)).isoformat(),
            "logical_date": None,
        }
        self.run = DagRun(simulation, self._described, folder)
        self.account = account_of(simulation)
        self._tasks: dict[str, dict[str, Any]] = {}
        self._events: list[dict[str, Any]] = []
        self._cuts: list[dict[str, Any]] = []
        self._files: dict[str, bytes] = {}
        self._deferrals: dict[str, dict[str, Any]] = {}
        self._state: dict[str, dict[str, Any]] = {}

    @property
    def count(self) -> int:
        """How many requests there have been that leave something."""
        return len(self._kept())

    def _kept(self) -> list[Exchange]:
        # What a triggerer sends only reads.
        return [one for one in self.simulation.exchanges if one.by != "triggerer"]

    def file(self, name: str, content: bytes = b"") -> dict[str, str]:
        """Make a file that a task is handed; without content, only the place for one."""
        if content:
            self._files[name] = content
            (self._folder / name).write_bytes(content)
        return {"file": name}

    def task(
        self, operator: str, task_id: str, *, killed_after: int = 0, map_index: int = -1, **arguments: Any
    ) -> dict[str, Any]:
        """Execute a task's first try; give how it ended.

        :param killed_after: the process is killed after so many requests took effect.
        """
        name = task_id if map_index < 0 else f"{task_id}[{map_index}]"
        named = {"name": name, "task_id": task_id, "map_index": map_index}
        self._tasks[name] = {**named, "operator": operator, "arguments": arguments}
        return self._try(self._tasks[name], 1, killed_after)

    def retry(self, name: str, *, killed_after: int = 0) -> dict[str, Any]:
        """Execute a task's second try."""
        return self._try(self._tasks[name], 2, killed_after)

    def _try(self, task: dict[str, Any], number: int, killed_after: int) -> dict[str, Any]:
        templates.clear_cache()  # each try is a process of its own
        self._note(task["name"], "started", try_number=number)
        results = self._results_of(task)
        with self._killing(killed_after), self._noting_results(task["name"], results):
            return self._end(task, lambda: self.run.execute(task, number))

    def resume(self, name: str) -> dict[str, Any]:
        """Let the trigger of a deferred task come to its event, and the task go on."""
        templates.clear_cache()
        task, deferral = self._tasks[name], self._deferrals[name]
        self._note(name, "resumed")
        return self._end(task, lambda: self.run.resume(task, deferral, 1))

    def _end(self, task: dict[str, Any], work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            ended = work()
        except Killed:
            ended = {"event": "killed"}
        name = task["name"]
        kept = self.run.store_of(name).kept
        if kept != self._state.get(name, {}):
            self._state[name] = dict(kept)
            self._note(name, "state", kept=dict(kept))
        self._note(name, **ended)
        self._deferrals.pop(name, None)
        if ended["event"] == "deferred":
            self._deferrals[name] = ended
        return ended

    def _note(self, name: str, event: str, **more: Any) -> None:
        self._events.append({"after": self.count, "task": name, "event": event, **more})

    @contextmanager
    def _killing(self, after: int) -> Iterator[None]:
        last = self.count + after
        self.simulation.kills_after = lambda _: bool(after) and self.count == last
        try:
            yield
        finally:
            self.simulation.kills_after = lambda _: False

    def _results_of(self, task: dict[str, Any]) -> Path | None:
        given = task["arguments"].get("results")
        return self._folder / given["file"] if given else None

    @contextmanager
    def _noting_results(self, name: str, results: Path | None) -> Iterator[None]:
        """Note after which request each line of a campaign's results was written."""
        seen = 0

        def look() -> None:
            nonlocal seen
            lines = results.read_text(encoding="utf-8").splitlines() if results and results.exists() else []
            for line in lines[seen:]:
                self._note(name, "result_line", line=line)
            seen = len(lines)

        usual = self.simulation.pass_time

        def pass_time(seconds: float) -> None:
            look()
            usual(seconds)

        if results:
            self.simulation.pass_time = pass_time  # type: ignore[method-assign]
        try:
            yield
        finally:
            look()
            self.simulation.pass_time = usual  # type: ignore[method-assign]

    def customer_says(self, conversation_sid: str, address: str, text: str) -> None:
        """Let a customer write."""
        path = f"/v1/Conversations/{conversation_sid}/Messages"
        self._outside("customer", path, FORM, {"Author": address, "Body": text})

    def agent_does(self, task_sid: str, does: str) -> None:
        """Let the agent to whom a task was offered do something with it."""
        self._outside("agent", "/sandbox/desk", JSON, {"task": task_sid, "does": does})

    def agents(self, do: dict[str, Any]) -> None:
        """Let all agents do something."""
        self._outside("agent", "/sandbox/agents", JSON, do)

    def conversation_of_a_customer(self, channel: str, address: str) -> str:
        """Let there be a conversation that the customer began; give its SID."""
        made = self._outside("customer", "/v1/Conversations", FORM, {"FriendlyName": "A question"})
        sender = self.simulation.sandbox.connection()["extra"][f"{channel}_from"]
        binding = {"MessagingBinding.Address": address, "MessagingBinding.ProxyAddress": sender}
        self._outside("customer", f"/v1/Conversations/{made['sid']}/Participants", FORM, binding)
        self.customer_says(made["sid"], address, "Where is my order?")
        return str(made["sid"])

    @contextmanager
    def airflow_before_3_3(self) -> Iterator[None]:
        """Be an Airflow that cannot keep a triggered run for later."""
        usual = dag_run._schedules_runs
        dag_run._schedules_runs = lambda: False
        try:
            yield
        finally:
            dag_run._schedules_runs = usual

    def _outside(self, whom: str, path: str, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(given).encode() if kind == JSON else urlencode(given).encode()
        headers = {**authorization(self.simulation), "Content-Type": kind}
        self.simulation.pass_time(1)
        sent = self.simulation.send("POST", path, headers=headers, body=body, by=whom)
        assert sent.status < 300, sent.response_body
        return dict(json.loads(sent.response_body))

    def cut(
        self, first: int, last: int | None = None, *, writes: bool = False, step: int = 1, **more: Any
    ) -> None:
        """Let the recording be cut after each of these requests of a worker's, its response unseen.

        :param writes: only after those that change something.
        :param step: only after every so many.
        """
        for after in range(first, (self.count if last is None else last) + 1, step):
            sent = self._kept()[after - 1]
            if sent.by == "worker" and not (writes and sent.method == "GET"):
                self._cuts.append({"after": after, "seen": False, **more})

    def cut_here(self, **more: Any) -> None:
        """Let the recording be cut after the last request, when Airflow has noted what came of it."""
        self._cuts.append({"after": self.count, "seen": True, "events": len(self._events), **more})

    def since(self, moment: float) -> float:
        """Give a moment as seconds since the start."""
        return round(moment - START.timestamp(), 3)

    def content(self) -> dict[str, Any]:
        """Give everything as JSON."""
        files = {name: base64.b64encode(one).decode() for name, one in self._files.items()}
        return {
            "format": 1,
            "name": self._name,
            "description": self._description,
            "start": START.isoformat(),
            "dag_run": self._described,
            "tasks": list(self._tasks.values()),
            **({"files": files} if files else {}),
            "cuts": self._cuts,
            "airflow": self._events,
            "exchanges": self._described_exchanges(),
            "in_the_end": contents_of(self.simulation),
        }

    def _described_exchanges(self) -> list[dict[str, Any]]:
        """Describe all requests; what a read shows is left out where nothing in it has a new SID."""
        described, known = [], set(SID.findall(json.dumps(self.account)))
        for one in self._kept():
            exchange = self._described_exchange(one)
            sids = set(SID.findall(json.dumps(exchange)))
            if one.method == "GET" and one.status < 300 and sids <= known:
                del exchange["response"]["body"]
            known |= sids
            described.append(exchange)
        return described

    def _described_exchange(self, one: Exchange) -> dict[str, Any]:
        on_twilio = not one.path.startswith("/sandbox/")
        request: dict[str, Any] = {"method": one.method, "path": one.path}
        if one.query:
            request["query"] = one.query
        if one.headers:
            request["headers"] = one.headers
        if one.body:
            kind = one.headers.get("content-type", FORM).partition(";")[0]
            if kind == FORM:
                request["form"] = parse_qsl(one.body.decode(), keep_blank_values=True)
            elif kind == JSON:
                request["json"] = json.loads(one.body)
            else:
                request["base64"] = base64.b64encode(one.body).decode()
        response: dict[str, Any] = {"status": one.status}
        if "ETag" in one.response_headers:
            response["etag"] = one.response_headers["ETag"]
        if one.response_body:
            response["body"] = json.loads(one.response_body)
        described = {
            "at": self.since(one.at),
            "by": one.by,
            "operation": ROUTES.find(one.method, one.path)[0].name if on_twilio else one.path,
            "request": request,
            "response": response,
        }
        return {**described, "response_lost": True} if one.response_lost else described


def main(version: str, *wanted: str) -> None:
    """Record all scenarios, or those that are named.

    :param version: the version that is recorded, and the name of its folder.
    :param wanted: the names of scenarios.
    """
    from tests.contract.adoption.scenarios import SCENARIOS

    recordings = RECORDINGS / version
    recordings.mkdir(parents=True, exist_ok=True)
    with simulation_from(START, SEED) as simulation:
        _write(recordings / ACCOUNT, account_of(simulation))
    for name, (description, happens) in SCENARIOS.items():
        if wanted and name not in wanted:
            continue
        folder = Path(tempfile.mkdtemp(prefix="flexout-recording-"))
        try:
            with simulation_from(START, SEED) as simulation:
                recorder = Recorder(simulation, name, description, folder)
                happens(recorder)
                simulation.pass_time(60)
                content = recorder.content()
        finally:
            shutil.rmtree(folder)
        _write(recordings / f"{name}.json", content)
        sys.stdout.write(f"{name}: {len(content['exchanges'])} requests, {len(content['cuts'])} cuts\n")


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
