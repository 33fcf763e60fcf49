"""Whatever somebody does to a task in a running Airflow, the customer is contacted once."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from airflow_provider_flexout.demo.rest import AirflowApiError
from airflow_provider_flexout.demo.run import DagRun, TaskInstance
from tests.system.task_processes import task_processes

TIMEOUT = 180.0
DAYS = ("05", "06", "07")
SERVER_ERROR = 500


def until(condition: Callable[[], bool], airflow, what: str) -> None:
    give_up = time.monotonic() + TIMEOUT
    while not condition():
        airflow.check()
        assert time.monotonic() < give_up, f"still waiting until {what}"
        time.sleep(0.5)


def with_customer(sandbox, number: str) -> list:
    return [one for one in sandbox.conversations if number in str(one.participants)]


def clear(run: DagRun, task: TaskInstance) -> None:
    which = {"dag_run_id": run.run_id, "task_ids": [[task.task_id, task.map_index]]}
    run.api.post(f"dags/{run.dag_id}/clearTaskInstances", which | {"dry_run": False, "only_failed": False})


def mark(run: DagRun, task: TaskInstance, state: str) -> None:
    path = f"{run.path}/taskInstances/{task.task_id}/{task.map_index}"
    run.api.patch(path, {"new_state": state})


def test_marked_failed_while_it_is_deferred(airflow, sandbox):
    """The agent keeps no task of what was marked failed, and keeps what was cleared or marked successful."""
    run = airflow.run("touched_while_deferred")
    until(lambda: [one.state for one in run.task_instances("open")] == 3 * ["deferred"], airflow, "all wait")
    failed, cleared, successful = run.task_instances("open")
    numbers = [f"+120255570{number}" for number in (40, 41, 42)]
    opened = [with_customer(sandbox, number)[0].sid for number in numbers]
    mark(run, failed, "failed")
    clear(run, cleared)
    mark(run, successful, "success")
    until(lambda: not with_customer(sandbox, numbers[0]), airflow, "the agent has no task any more")
    until(lambda: run.task_instances("open")[1].try_number == 2, airflow, "the cleared one is tried again")
    until(lambda: run.task_instances("open")[1].state == "deferred", airflow, "the cleared one waits again")
    ended = [one for one in sandbox.tasks if one.conversation_sid == opened[0]]
    assert {one.status for one in ended} <= {"canceled", "completed"}
    for number, sid in zip(numbers[1:], opened[1:], strict=True):
        (kept,) = with_customer(sandbox, number)
        assert (kept.sid, kept.state) == (sid, "active")
        (task,) = [one for one in sandbox.tasks if one.conversation_sid == sid]
        assert task.status in ("pending", "reserved", "assigned")
    mark(run, run.task_instances("open")[1], "success")
    assert run.wait(TIMEOUT) == "failed"


def test_cleared_and_told_to_end_while_it_opens(airflow, sandbox):
    """The lease is given back, so that the next try need not wait for it."""
    slow = sandbox.faults.delay("CreateConversationParticipant", 25, times=2)
    run = airflow.run("stopped_while_opening")
    until(lambda: slow.fired == 2, airflow, "both are in the middle of opening")
    leases: dict[str, set[float]] = {"+12025557050": set(), "+12025557051": set()}
    told, cleared = run.task_instances("open")
    ids = {
        one["map_index"]: one["id"] for one in run.api.every(f"{run.path}/taskInstances", "task_instances")
    }
    task_processes(airflow)[ids[told.map_index]].terminate()
    clear(run, cleared)

    def note_leases(_tasks) -> None:
        for conversation in sandbox.conversations:
            record = conversation.attributes.get("flexout") or {}
            for ending, seen in leases.items():
                if record and str(record.get("to", "")).endswith(ending[-2:]):
                    seen.add(record["claim"]["within"])

    assert run.wait(TIMEOUT, note_leases) == "success", run.failures()
    assert [one.try_number for one in run.task_instances("open")] == [2, 2]
    for number, seen in leases.items():
        (conversation,) = with_customer(sandbox, number)
        assert min(seen) < 0.0, "the lease was given back"
        assert len([one for one in sandbox.interactions if one.conversation_sid == conversation.sid]) == 1


@pytest.mark.usefixtures("names_show_late")
def test_a_backfill_and_again_over_what_is_completed(airflow, sandbox):
    lost = sandbox.faults.drop_response("CreateConversation", times=2)
    states = set()
    for attempt, behavior in enumerate(("none", "completed"), start=1):
        backfill(airflow, behavior)
        runs = backfilled(airflow, attempt)
        states.update(one.state for run in runs for one in run.task_instances())
        for day in DAYS:
            (conversation,) = with_customer(sandbox, f"+120255571{day}")
            assert conversation.state == "closed"
            assert [one.body for one in conversation.transcript] == ["Your order is late."]
            assert len([one for one in sandbox.interactions if one.conversation_sid == conversation.sid]) == 1
    assert lost.fired == 2
    assert states == {"success"}


@pytest.fixture
def names_show_late(sandbox):
    """A new conversation is fetched by its name a second later only."""
    sandbox.settings.update({"name_lag": 1})
    yield
    sandbox.settings.update({"name_lag": 0})


def backfill(airflow, behavior: str) -> None:
    until(lambda: knows(airflow, "each_day"), airflow, "the DAG is there")
    until(lambda: not backfills_at_work(airflow), airflow, "Airflow has noticed that the last one is over")
    days = {"from_date": f"2026-01-{DAYS[0]}T00:00:00Z", "to_date": f"2026-01-{DAYS[-1]}T00:00:00Z"}

    def is_accepted() -> bool:
        try:
            airflow.api.post("backfills", {"dag_id": "each_day", "reprocess_behavior": behavior} | days)
        except AirflowApiError as error:
            if error.status < SERVER_ERROR:
                raise
            return bool(backfills_at_work(airflow))
        return True

    until(is_accepted, airflow, "SQLite takes the backfill, which it refuses while others write")
    airflow.api.patch("dags/each_day", {"is_paused": False})


def knows(airflow, dag_id: str) -> bool:
    return dag_id in {one["dag_id"] for one in airflow.api.every("dags", "dags")}


def backfills_at_work(airflow) -> list:
    found = airflow.api.get("backfills", dag_id="each_day")["backfills"]
    return [one for one in found if one["completed_at"] is None]


def backfilled(airflow, attempt: int) -> list[DagRun]:
    """Wait for the runs of the days, in which each task has been tried so often."""
    runs: list[DagRun] = []

    def are_over() -> bool:
        found = [
            one
            for one in airflow.api.every("dags/each_day/dagRuns", "dag_runs")
            if (one["logical_date"] or "")[:10] in {f"2026-01-{day}" for day in DAYS}
        ]
        assert "failed" not in {one["state"] for one in found}
        runs[:] = [DagRun(airflow.api, "each_day", one["dag_run_id"], airflow.check) for one in found]
        tries = [one.try_number for run in runs for one in run.task_instances()]
        ended = {one["state"] for one in found} == {"success"}
        return len(runs) == len(DAYS) and ended and min(tries) >= attempt

    until(are_over, airflow, f"the days are over for the {attempt}. time")
    return runs
