"""Every example DAG runs under ``dag.test()``, and leaves in the sandbox what it says."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from airflow.configuration import conf

from airflow_provider_flexout.demo.late_deliveries import create_table, late_ones
from tests.shop import OVERCHARGED, create_orders

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # Airflow 3.1
    from airflow.models.dagbag import DagBag

EXAMPLES = Path(__file__).parents[2] / "dags_examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))


@pytest.fixture(scope="session")
def dags(airflow_database: None) -> DagBag:
    """The examples in Airflow's DAG folder, and a database for their runs."""
    Path(conf.get("core", "dags_folder")).symlink_to(EXAMPLES)
    return DagBag(str(EXAMPLES))


@pytest.fixture
def late(tmp_path, monkeypatch) -> list[str]:
    """The numbers of two customers whose deliveries are late, in a table; ``dag.test()`` takes its time."""
    late = [delivery.phone for delivery in late_ones()][:2]
    table = tmp_path / "late_deliveries.db"
    create_table(table)
    with closing(sqlite3.connect(table)) as database, database:
        database.execute("UPDATE late_deliveries SET days_late = 0 WHERE phone NOT IN (?, ?)", late)
    connection = {"conn_type": "sqlite", "host": str(table)}
    monkeypatch.setenv("AIRFLOW_CONN_LATE_DELIVERIES_DB", json.dumps(connection))
    return late


def test_all_examples_can_be_parsed(dags):
    assert dags.import_errors == {}
    assert sorted(dags.dags) == NAMES


@pytest.mark.usefixtures("use_connection")
def test_late_delivery_outreach(dags, served, late):
    served.agent().accepts(after=0)
    run = dags.dags["late_delivery_outreach"].test()
    assert run.state == "success"
    reached = {one.address for one in served.participants if one.address}
    assert reached == set(late)
    assert len(served.conversations) == len(served.tasks) == len(served.messages) == len(late)
    assert {one.state for one in served.conversations} == {"closed"}
    assert {one.status for one in served.tasks} == {"completed"}


@pytest.mark.usefixtures("use_connection")
def test_escalation(dags, served):
    served.agent().accepts(after=0)
    run = dags.dags["escalation"].test()
    assert run.state == "success"
    first, second = served.tasks
    assert (first.status, second.status) == ("completed", "completed")
    assert first.worker != second.worker
    assert first.queue_sid != second.queue_sid
    assert second.attributes["order"] == {"number": "A-1001", "worth": 4200}
    assert second.attributes["why"] == "worth a lot"
    assert "why" not in first.attributes
    (conversation,) = served.conversations
    assert (conversation.state, len(conversation.transcript)) == ("closed", 1)


@pytest.mark.usefixtures("use_connection")
@pytest.mark.parametrize("replies", [True, False])
def test_wait_for_reply(dags, served, replies):
    served.agent().accepts(after=0)
    dag = dags.dags["wait_for_reply"]
    if replies:
        served.customer().replies("Yes, Friday is fine", after="4s")  # when the task has been deferred
    dag.get_task("wait").timeout = 60 if replies else 1
    assert dag.test().state == "success"
    (conversation,) = served.conversations
    authors = [one.role for one in conversation.transcript]
    if replies:
        assert authors == ["system", "customer", "system"]
        assert conversation.state == "active"
    else:
        assert authors == ["system"]
        assert conversation.state == "closed"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_DB", json.dumps(create_orders(tmp_path / "shop.db")))


@pytest.mark.usefixtures("use_connection", "shop")
def test_dq_alert_outreach(dags, served):
    for _ in range(2):  # the second run finds that everybody was told
        run = dags.dags["dq_alert_outreach"].test(mark_success_pattern="approve")
        assert run.state == "success"
        reached = [one.address for one in served.participants if one.address]
        assert sorted(reached) == sorted(OVERCHARGED)
        assert len(served.conversations) == len(served.tasks) == len(served.messages) == len(OVERCHARGED)
    assert {one.attributes["order_number"] for one in served.tasks} == {"B-2002", "B-2003"}


@pytest.mark.usefixtures("use_connection", "shop")
def test_dq_alert_notifier(dags, served, time_machine):
    time_machine.move_to("2026-11-22T10:00:00Z", tick=True)
    for number in (1, 2):
        assert dags.dags["dq_alert_notifier"].test().state == "failed"
        about_checks = [one for one in served.messages if "check_" in one.body]
        assert len(about_checks) == 1
        assert len(served.messages) == 1 + number  # and one for each run that failed
    assert len(served.conversations) == len(served.tasks) == 1


@pytest.mark.usefixtures("use_connection")
def test_reply_starts_dag(dags, served):
    """Started by hand there is no reply; tests/real has what starts it."""
    assert dags.dags["reply_starts_dag"].test().state == "success"
    assert served.conversations == []


@pytest.mark.usefixtures("use_connection")
def test_follow_up_cadence(dags, served):
    served.agent().accepts(after=0)
    served.customer().replies("Monday", after=0)
    run = dags.dags["follow_up_cadence"].test()
    states = {one.task_id: one.state for one in run.get_task_instances()}
    assert states["tell_agent"] == "success"
    assert states["close"] == states["leave_alone"] == "skipped"
    (conversation,), (task,) = served.conversations, served.tasks
    assert [one.role for one in conversation.transcript] == ["system", "customer"]
    assert task.attributes["replied_after_seconds"] >= 0


def test_every_example_has_a_test_here():
    with_tools = (Path(__file__).parents[1] / "tools" / "test_example_dag.py").read_text()
    tests = Path(__file__).read_text() + with_tools
    assert [name for name in NAMES if f"def test_{name}(" not in tests] == []
