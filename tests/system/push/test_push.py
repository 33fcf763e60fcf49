"""Replies are pushed from the sandbox through the relay and Redis to a real Airflow, and all are hit.

Many conversations are open, and in a few of them the customer answers: in some a task waits for it, and each
answer is to start a run. First nothing is in the way. Then the relay, Redis and the triggerer are killed in
the middle, and every answer is still told of, and thanked for once. FLEXOUT_PUSH says how many are open.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console
from rich.table import Table

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.component import Component
from airflow_provider_flexout.demo.run import DagRun
from airflow_provider_flexout.demo.settings import HOST, free_port
from airflow_provider_flexout.outreach.durable import PIPELINE, RECORD_ATTRIBUTE, derive_key, write_record
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.rules import conversations, participants
from tests.redis_server import RedisServer
from tests.system import running
from tests.system.celery.services import database

OPEN = int(os.environ.get("FLEXOUT_PUSH", "500"))
ANSWERS = max(20, OPEN // 50)
"""In each of the two parts."""
WAITS = ANSWERS // 5
"""In so many of the conversations in which the customer answers, in each part, a task waits."""
APART = 60.0 / 200
"""Seconds from one answer to the next: 200 in a minute."""
POLL = 300
"""Requests of one poll, as the DAG has it."""
TIMEOUT = 900.0
MESSAGE = "com.twilio.conversations.message.added"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=7).serve() as sandbox:
        yield sandbox


@pytest.fixture
def customers(sandbox) -> dict[str, str]:
    """By conversation, the customer in it; an outreach of a DAG has opened each."""
    made = {}
    for n in range(OPEN):
        customer = f"+1202{5_550_000 + n:07d}"
        source = {"dag_id": "campaign", "run_id": "manual", "task_id": "open", "map_index": n}
        record = OutreachRecord(
            derive_key(customer), "+1•••••", "sms", "-", "-", 60.0, source=source, on_reply=PIPELINE
        )
        attributes = json.dumps({RECORD_ATTRIBUTE: write_record(record)})
        row = conversations.create(sandbox._store, {"Attributes": attributes}, "system")
        proxy = sandbox.connection()["extra"]["sms_from"]
        participants.add(sandbox._store, row, address=customer, proxy_address=proxy)
        made[row.sid] = customer
    return made


def until(condition: Callable[[], bool], airflow: RealAirflow, what: str) -> None:
    running.until(condition, airflow, what, TIMEOUT)


class Stack:
    """The relay, Redis and Airflow, in front of a sandbox.

    :param folder: for their files.
    :param sandbox: stands in for Twilio.
    :param redis: the queue.
    :param metadata: URL of Airflow's database.
    """

    def __init__(self, folder: Path, sandbox: Sandbox, redis: RedisServer, metadata: str) -> None:
        self.sandbox, self.redis = sandbox, redis
        connection = sandbox.connection()
        connection["extra"]["events_queue"] = redis.url
        self.airflow = RealAirflow(
            folder / "airflow",
            dags=[Path(__file__).parent / "dags" / "pushed.py"],
            connections={"flexout_default": connection},
            database=metadata.replace("postgresql://", "postgresql+psycopg2://"),
            settings={"core": {"max_active_tasks_per_dag": 64, "max_active_runs_per_dag": 8}},
        )
        self.port = free_port()
        self.relay = Component(
            "relay",
            [sys.executable, "-m", "airflow_provider_flexout.cli.main", "relay", "--port", str(self.port)],
            folder=folder,
            environment=self.airflow.environment | {"AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(connection)},
        )

    def start_relay(self) -> None:
        self.relay.start()
        until(self._relay_answers, self.airflow, "the relay answers")

    def subscribe(self) -> None:
        """Let Event Streams tell the relay of messages, as twilio-cli would."""
        connection = self.sandbox.connection()
        auth = (connection["login"], connection["password"])
        url = f"http://{HOST}:{self.port}/events"
        configuration = json.dumps({"destination": url, "method": "POST"})
        form = {"Description": "x", "SinkType": "webhook", "SinkConfiguration": configuration}
        with httpx.Client(base_url=self.sandbox.base_url, auth=auth, trust_env=False) as http:
            sink = http.post("/v1/Sinks", data=form).raise_for_status().json()["sid"]
            types = json.dumps({"type": MESSAGE, "schema_version": 1})
            form = {"Description": "x", "SinkSid": sink, "Types": types}
            http.post("/v1/Subscriptions", data=form).raise_for_status()

    def customer_says(self, customer: str, conversation_sid: str) -> None:
        self.sandbox.customer(customer).says("Yes", in_conversation=conversation_sid)

    def conversations_told_of(self) -> set[str]:
        conversation_of = {one.sid: one.conversation_sid for one in self.sandbox.messages}
        return {conversation_of[sid] for sid, _ in self.told()}

    def told(self) -> list[tuple[str, datetime]]:
        """List the asset events: the message that each tells of, and when Airflow had it."""
        found = self.airflow.api.every("assets/events", "asset_events", order_by="timestamp")
        return [
            (one["extra"]["payload"]["message_sid"], datetime.fromisoformat(one["timestamp"]))
            for one in found
        ]

    def runs(self) -> dict[str, tuple[str, datetime]]:
        """Give the runs that have thanked: by message, each run that was told of it, and when it began."""
        found: dict[str, tuple[str, datetime]] = {}
        for one in self.airflow.api.every("dags/thank_for_replies/dagRuns", "dag_runs"):
            assert one["state"] != "failed"
            if one["state"] == "success":
                run = DagRun(self.airflow.api, "thank_for_replies", one["dag_run_id"], self.airflow.check)
                (task,) = run.task_instances("thank")
                for sid in run.xcom(task):
                    found.setdefault(sid, (one["dag_run_id"], datetime.fromisoformat(one["start_date"])))
        return found

    def _relay_answers(self) -> bool:
        try:
            return httpx.get(f"http://{HOST}:{self.port}/health", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


def test_each_answer_is_told_of_and_thanked_for_once(tmp_path, sandbox, customers):
    answering = iter(customers)
    parts = [[next(answering) for _ in range(ANSWERS)] for _ in range(2)]
    waiting = [sid for part in parts for sid in part[: -1 : ANSWERS // WAITS]]
    with RedisServer(tmp_path / "redis") as redis, database() as metadata:
        stack = Stack(tmp_path, sandbox, redis, metadata)
        airflow = stack.airflow
        try:
            stack.subscribe()
            with airflow:
                stack.start_relay()
                run = airflow.run("wait_for_replies", {"conversations": waiting})
                airflow.api.patch("dags/thank_for_replies", {"is_paused": False})
                until(lambda: states(run).count("deferred") == len(waiting), airflow, "all wait")
                until(lambda: polls(sandbox) >= 1 and keeps_state(airflow), airflow, "the trigger has begun")

                began = sandbox.requests[-1].n
                answer(stack, customers, parts[0], {})
                until(lambda: states(run).count("success") == len(waiting) // 2, airflow, "half have woken")
                quiet = reads(sandbox, set(customers) - {sid for part in parts for sid in part}, began)
                calm = figures(stack, parts[0], waiting)

                answer(stack, customers, parts[1], hits(stack))
                until(lambda: states(run) == ["success"] * len(waiting), airflow, "all have woken")
                hit = figures(stack, parts[1], waiting)
                late = reads(sandbox, set(customers) - {sid for part in parts for sid in part}, began)
                found = [run.xcom(task) for task in run.task_instances("wait")]
        finally:
            stack.relay.kill()
    show(calm, hit, quiet, late)
    assert Counter(one["conversation_sid"] for one in found) == dict.fromkeys(waiting, 1)
    assert [one["count"] for one in found] == [1] * len(waiting)
    assert calm["asset events"] == ANSWERS
    assert hit["answers told of"] == calm["answers told of"] == ANSWERS
    assert thanks(sandbox) == dict.fromkeys([sid for part in parts for sid in part], 1)
    assert quiet == 0
    assert late <= 2 * POLL  # a poll as the queue came back, and one as the new triggerer began


def answer(stack: Stack, customers: dict[str, str], part: list[str], kills: dict[int, Any]) -> None:
    """Let the customers of some conversations answer, one after the other, and do what is to be done.

    The last one answers when the others have been told of. Airflow 3.3 may leave an event that comes while it
    makes a run of earlier ones, and then that is for the run of the next event.
    """
    *most, last = part
    for n, sid in enumerate(most):
        if n in kills:
            kills[n]()
        stack.customer_says(customers[sid], sid)
        time.sleep(APART)  # the pace of the customers
    for n, happen in kills.items():
        if n >= len(most):
            happen()
    airflow = stack.airflow
    until(lambda: stack.conversations_told_of() >= set(most), airflow, "all but the last are told of")
    until(lambda: not runs_at_work(airflow), airflow, "their runs have ended")
    stack.customer_says(customers[last], last)
    until(lambda: is_thanked(stack.sandbox, part), airflow, "all are thanked")
    until(lambda: not runs_at_work(airflow), airflow, "all runs have ended")


def hits(stack: Stack) -> dict[int, Any]:
    """Say what happens before which answer."""
    step = ANSWERS // 6
    return {
        step: stack.relay.kill,
        2 * step: stack.start_relay,
        3 * step: stack.redis.kill,
        4 * step: stack.redis.start,
        5 * step: stack.airflow.triggerer.kill,
        ANSWERS: stack.airflow.triggerer.start,
    }


def states(run: DagRun) -> list[str | None]:
    return [one.state for one in run.task_instances("wait")]


def runs_at_work(airflow: RealAirflow) -> list[Any]:
    return [
        one
        for one in airflow.api.every("dags/thank_for_replies/dagRuns", "dag_runs")
        if one["state"] in ("queued", "running")
    ]


def polls(sandbox: Sandbox) -> int:
    """Count the polls of the trigger: each begins with the list of open conversations."""
    return sum(
        one.operation == "ListConversation" and "PageToken" not in one.path for one in sandbox.requests
    )


def reads(sandbox: Sandbox, of: set[str], after: int) -> int:
    """Count the requests for the messages of some conversations, after one with a number."""
    return sum(
        one.n > after and one.operation == "ListConversationMessage" and one.path.split("/")[3] in of
        for one in sandbox.requests
    )


def keeps_state(airflow: RealAirflow) -> bool:
    """Say whether the trigger has kept since when it tells of replies."""
    (asset,) = airflow.api.get("assets", uri_pattern="flexout://replies/pushed")["assets"]
    return bool(airflow.api.get(f"assets/{asset['id']}/state-store")["total_entries"])


def is_thanked(sandbox: Sandbox, part: list[str]) -> bool:
    return thanks(sandbox).keys() >= set(part)


def thanks(sandbox: Sandbox) -> Counter[str]:
    return Counter(one.conversation_sid for one in sandbox.messages if one.body == "Thank you!")


def figures(stack: Stack, part: list[str], waiting: list[str]) -> dict[str, float]:
    """Measure how the answers in some conversations came through."""
    sandbox = stack.sandbox
    written = {
        one.sid: one for one in sandbox.messages if one.role == "customer" and one.conversation_sid in part
    }
    told = [(sid, at) for sid, at in stack.told() if sid in written]
    first: dict[str, datetime] = {}
    for sid, at in told:
        first[sid] = min(at, first.get(sid, at))
    runs = {sid: at for sid, at in stack.runs().items() if sid in written}
    last = next(run for sid, (run, _) in runs.items() if written[sid].conversation_sid == part[-1])
    own = {sid: at for sid, (run, at) in runs.items() if run != last}
    looks = [
        look
        for one in written.values()
        if one.conversation_sid in waiting and (look := first_look(sandbox, one)) is not None
    ]
    return {
        "answers told of": len(first),
        "asset events": len(told),
        "runs": len({run for run, _ in runs.values()}),
        "answers left to the run of the next event": sum(run == last for run, _ in runs.values()) - 1,
        **delays("told of", [(at - written[sid].at).total_seconds() for sid, at in first.items()]),
        **delays("run begun", [(at - written[sid].at).total_seconds() for sid, at in own.items()]),
        **delays("wait woken", looks),
    }


def delays(what: str, seconds: list[float]) -> dict[str, float]:
    return {
        f"{what}, median s": round(statistics.median(seconds), 1),
        f"{what}, longest s": round(max(seconds), 1),
    }


def first_look(sandbox: Sandbox, message: Any) -> float | None:
    """Give the seconds from an answer to the next request for the messages of its conversation."""
    return next(
        (
            (one.at - message.at).total_seconds()
            for one in sandbox.requests
            if one.at >= message.at
            and one.operation == "ListConversationMessage"
            and message.conversation_sid in one.path
        ),
        None,
    )


def show(calm: dict[str, float], hit: dict[str, float], quiet: int, late: int) -> None:
    table = Table(
        title=f"{OPEN:,} open conversations, {ANSWERS} answers, 200 a minute; tasks wait for {WAITS}"
    )
    for column in ("", "undisturbed", "with kills"):
        table.add_column(column, justify="right" if column else "left")
    for name in calm:
        table.add_row(name, str(calm[name]), str(hit[name]))
    table.add_row("reads of conversations in which nobody answers", str(quiet), str(late))
    Console(width=110).print(table)
