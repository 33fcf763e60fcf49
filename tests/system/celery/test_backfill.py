"""Days that are backfilled, and again over what is completed: nobody is contacted twice.

Airflow supports backfills on PostgreSQL and MySQL only: on SQLite its scheduler can die of one.
"""

from __future__ import annotations

from pathlib import Path

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.run import DagRun
from airflow_provider_flexout.sandbox import Sandbox
from tests.system.celery.services import database
from tests.system.running import until, with_customer

DAG = "each_day"
DAYS = ("05", "06", "07")
BACKFILL = {"dag_id": DAG, "from_date": "2026-01-05T00:00:00Z", "to_date": "2026-01-07T00:00:00Z"}


def test_a_backfill_and_again_over_what_is_completed(tmp_path):
    with Sandbox(seed=7).serve() as sandbox, database() as url:
        sandbox.settings.update({"name_lag": 1})
        sandbox.agent().accepts(after="1s")
        lost = sandbox.faults.drop_response("CreateConversation", times=2)
        airflow = RealAirflow(
            tmp_path,
            dags=[Path(__file__).parent / "dags" / "each_day.py"],
            connections={"flexout_default": sandbox.connection()},
            database=url.replace("postgresql://", "postgresql+psycopg2://"),
        )
        with airflow:
            until(lambda: knows_dag(airflow), airflow, "the DAG is there")
            airflow.api.patch(f"dags/{DAG}", {"is_paused": False})
            for attempt, behavior in enumerate(("none", "completed"), start=1):
                until(lambda: not backfills_at_work(airflow), airflow, "Airflow knows that the last is over")
                days = {
                    "from_date": f"2026-01-{DAYS[0]}T00:00:00Z",
                    "to_date": f"2026-01-{DAYS[-1]}T00:00:00Z",
                }
                airflow.api.post("backfills", {"dag_id": DAG, "reprocess_behavior": behavior} | days)
                until(lambda least=attempt: are_over(airflow, least), airflow, f"try {attempt} is over")
                check_days(sandbox)
        assert lost.fired == 2


def check_days(sandbox: Sandbox) -> None:
    for day in DAYS:
        (conversation,) = with_customer(sandbox, f"+120255571{day}")
        assert conversation.state == "closed"
        assert [one.body for one in conversation.transcript] == ["Your order is late."]
        assert len([one for one in sandbox.interactions if one.conversation_sid == conversation.sid]) == 1


def knows_dag(airflow: RealAirflow) -> bool:
    return DAG in {one["dag_id"] for one in airflow.api.every("dags", "dags")}


def backfills_at_work(airflow: RealAirflow) -> list:
    found = airflow.api.get("backfills", dag_id=DAG)["backfills"]
    return [one for one in found if one["completed_at"] is None]


def are_over(airflow: RealAirflow, least_tries: int) -> bool:
    """Say whether the runs of the days have ended, with each task tried so often."""
    found = [
        one
        for one in airflow.api.every(f"dags/{DAG}/dagRuns", "dag_runs")
        if (one["logical_date"] or "")[:10] in {f"2026-01-{day}" for day in DAYS}
    ]
    states = [one["state"] for one in found]
    assert "failed" not in states
    if states != ["success"] * len(DAYS):
        return False
    runs = [DagRun(airflow.api, DAG, one["dag_run_id"], airflow.check) for one in found]
    return min(task.try_number for run in runs for task in run.task_instances()) >= least_tries
