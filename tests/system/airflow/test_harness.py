"""The harness boots a real Airflow, tells what fails in it, and survives the killing of its parts."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from airflow_provider_flexout.demo import processes
from airflow_provider_flexout.demo.airflow import BrokenDagError, RealAirflow
from airflow_provider_flexout.demo.component import ComponentDiedError

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    folder = tmp_path_factory.mktemp("airflow")
    connections = {"numbers": {"conn_type": "generic", "extra": {"numbers": [2, 3, 5]}}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__CORE__EXECUTOR", "TheUsersOwnExecutor")
        patch.setenv("AIRFLOW_CONN_NUMBERS", '{"conn_type": "generic", "extra": {"numbers": [7]}}')
        with RealAirflow(folder, dags=[HERE / "dags" / "harness.py"], connections=connections) as airflow:
            sessions = [component.session for component in airflow.components]
            yield airflow
            sessions += [component.session for component in airflow.components]
    assert processes.members(sessions) == []


def test_runs_a_dag_with_a_connection_from_the_metadata_database(airflow):
    run = airflow.run("squares")
    seen = set()
    assert run.wait(90, lambda tasks: seen.update(task.state for task in tasks)) == "success"
    assert "success" in seen
    tasks = run.task_instances("square")
    assert [str(task) for task in tasks] == ["square[2 squared]", "square[3 squared]", "square[5 squared]"]
    assert [run.xcom(task)["square"] for task in tasks] == [4, 9, 25]


def test_its_database_is_not_locked_by_requests_while_many_tasks_run(airflow):
    """Each request that changes something is noted in Airflow's audit log."""
    runs = [airflow.run("squares") for _ in range(12)]
    change = {"is_paused": False}
    ended = {run.wait(300, lambda _: airflow.api.patch("dags/squares", change)) for run in runs}
    logs = {part.name: part.log_file.read_text("utf-8") for part in airflow.components}
    assert ended == {"success"}
    assert [name for name, log in logs.items() if "database is locked" in log] == []


def test_shows_the_log_of_the_task_that_failed(airflow):
    run = airflow.run("lost_order")
    assert run.wait(90) == "failed"
    log = run.failures()
    assert "find_order, try 1" in log
    assert "LookupError: there is no order A-1041" in log
    assert "in find_order" in log  # the stack trace


def test_starts_a_killed_scheduler_again(airflow):
    session = airflow.scheduler.session
    airflow.scheduler.kill()
    assert processes.members([session]) == []
    airflow.scheduler.start()
    airflow.wait_until_healthy()
    assert airflow.run("squares").wait(90) == "success"


def test_notices_a_part_that_ends_by_itself(airflow):
    run = airflow.run("squares")
    os.kill(airflow.triggerer.session, signal.SIGKILL)
    with pytest.raises(ComponentDiedError, match="triggerer ended with exit code -9"):
        run.wait(90)
    airflow.triggerer.kill()  # what it has left behind
    airflow.triggerer.start()
    airflow.wait_until_healthy()


def test_shows_why_a_dag_cannot_be_imported(airflow):
    (airflow.folder / "dags" / "broken.py").write_text("from airflow.sdk import no_such_thing, dag\n")
    with pytest.raises(BrokenDagError, match="no_such_thing"):
        airflow.run("broken")
