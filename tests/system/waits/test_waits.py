"""Hundreds of sensors wait at once in a real Airflow, and then everybody answers."""

from __future__ import annotations

import statistics
import time
from datetime import datetime, timezone
from pathlib import Path

import psutil
import pytest
from rich.console import Console
from rich.table import Table

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.run import ENDED
from airflow_provider_flexout.sandbox import Sandbox
from tests.sandbox_process import client_of

MANY, TIMEOUT, POLL = 300, 900.0, 2.0
BLOCKED = "async thread was blocked"
"""What Airflow's triggerer says when something holds its event loop up for 0.2 s."""


@pytest.fixture
def sandbox():
    with Sandbox(seed=7).serve() as sandbox:
        yield sandbox


@pytest.fixture
def customers(sandbox) -> dict[str, str]:
    """By conversation, the customer in it."""
    connection, made = sandbox.connection(), {}
    sandbox.settings.update({"rate_limits": False})
    with client_of(connection) as http:
        for n in range(MANY):
            sid = http.post("/v1/Conversations").raise_for_status().json()["sid"]
            made[sid] = f"+1202{5_550_000 + n:07d}"
            pair = {"Address": made[sid], "ProxyAddress": connection["extra"]["sms_from"]}
            form = {f"MessagingBinding.{name}": value for name, value in pair.items()}
            http.post(f"/v1/Conversations/{sid}/Participants", data=form).raise_for_status()
    sandbox.settings.update({"rate_limits": True})
    return made


def until(condition, what: str) -> None:
    give_up = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < give_up, f"still waiting for {what}"
        time.sleep(POLL)


def test_many_waits_at_once(tmp_path, sandbox, customers):
    with RealAirflow(
        tmp_path,
        dags=[Path(__file__).parent / "dags" / "waits.py"],
        connections={"flexout_default": sandbox.connection()},
        settings={"core": {"max_active_tasks_per_dag": 64}},
    ) as airflow:
        run = airflow.run("many_waits", {"conversations": list(customers)})
        until(
            lambda: [task.state for task in run.task_instances("wait")].count("deferred") == MANY,
            "all to wait at once",
        )
        triggerer = sum(
            one.memory_info().rss
            for parent in [psutil.Process(airflow.triggerer.session)]
            for one in (parent, *parent.children(recursive=True))
        )
        # A while in which all of them do nothing but wait.
        quiet = len(sandbox.requests)
        began = time.monotonic()
        time.sleep(30)
        looks = (len(sandbox.requests) - quiet) / (time.monotonic() - began)
        while_waiting = airflow.triggerer.log_file.read_text().count(BLOCKED)
        answered = datetime.now(timezone.utc)
        for customer in customers.values():
            sandbox.customer(customer).says("Yes")
        until(lambda: run.state() in ENDED, "the run's end")
        assert run.state() == "success", run.failures()
        tasks = run.task_instances("wait")
        altogether = airflow.triggerer.log_file.read_text().count(BLOCKED)
        found = {run.xcom(task, "conversation_sid") for task in tasks}
    assert found == set(customers)
    waking = [first_look(sandbox, sid, answered) for sid in customers]
    table = Table(title=f"{MANY} sensors waiting at once in a real Airflow")
    table.add_column("what")
    table.add_column("figure", justify="right")
    table.add_row("looks a second while all wait", f"{looks:.1f}")
    table.add_row("from the reply to the look that finds it, median s", f"{statistics.median(waking):.1f}")
    table.add_row("the same, longest s", f"{max(waking):.1f}")
    table.add_row("triggerer's memory, MiB", f"{triggerer / 2**20:.0f}")
    table.add_row("warnings of a blocked loop while all wait", str(while_waiting))
    table.add_row("the same, while 300 wake in the same moment", str(altogether - while_waiting))
    Console().print(table)
    assert while_waiting == 0


def first_look(sandbox, sid: str, answered: datetime) -> float:
    """Seconds from the reply to the next request for the conversation's messages."""
    path = f"/v1/Conversations/{sid}/Messages"
    return min(
        (one.at - answered).total_seconds()
        for one in sandbox.requests
        if one.path.startswith(path) and one.at >= answered
    )
