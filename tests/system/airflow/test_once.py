"""Whatever somebody does to a task in a running Airflow, the customer is contacted once."""

from __future__ import annotations

from airflow_provider_flexout.demo.run import DagRun, TaskInstance
from tests.system.running import TIMEOUT, until, with_customer
from tests.system.task_processes import task_processes


def looks_at(sandbox, task_sid: str) -> int:
    return sum(one.operation == "FetchTask" and task_sid in one.path for one in sandbox.requests)


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
    waited_for = [one.sid for one in sandbox.tasks if one.conversation_sid in opened]
    # The worker looks once before it defers, so a second look is the triggerer's.
    until(lambda: min(looks_at(sandbox, sid) for sid in waited_for) > 1, airflow, "the triggerer has them")
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
