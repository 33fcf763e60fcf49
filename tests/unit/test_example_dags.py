"""Every example DAG runs under ``dag.test()``, and leaves in the sandbox what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.examples import EXAMPLES, FOLDER
from tests.paths import ROOT
from tests.shop import OVERCHARGED, create_orders
from tests.unit.moments import at

NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))


def test_all_examples_can_be_parsed(dags):
    assert dags.import_errors == {}
    assert set(NAMES) <= set(dags.dags)


@pytest.mark.usefixtures("use_connection")
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_example(dags, served, tmp_path, monkeypatch, name):
    """Those in the table; what follows has more to do than begin and look at the end."""
    served.agent().accepts(after=0)
    given = EXAMPLES[name].given(served, tmp_path)
    for conn_id, connection in given.connections.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))
    assert dags.dags[name].test(run_conf=given.conf).state == "success"
    EXAMPLES[name].check(served)


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
def test_rehearsed_campaign(dags, served, tmp_path):
    """The rehearsal's digest fits; the hours are those in which it is day here, whenever this runs."""
    for number, approved in enumerate([None, "approve"]):
        dag, before = dags.dags["rehearsed_campaign"], len(served.conversations)
        conf = {"opens": "00:00", "results": str(tmp_path / f"{number}.jsonl")}
        with at("2026-11-23T18:00:00+00:00", served):
            run = dag.test(run_conf=conf, mark_success_pattern=approved or "approve|reach")
        assert run.state == "success"
        assert len((tmp_path / f"{number}.jsonl").read_text().splitlines()) == 3
        assert len(served.conversations) - before == (3 if approved else 0)
    texts = sorted(one.body for one in served.messages)
    assert [text.partition(".")[0] for text in texts] == [
        "El pedido A-1002 llega tarde",
        "Order A-1001 is late",
        "Order A-1003 is late / llega tarde",
    ]


@pytest.mark.usefixtures("use_connection")
def test_reply_starts_dag(dags, served):
    """Started by hand there is no reply; test_reply_trigger.py has what starts it."""
    assert dags.dags["reply_starts_dag"].test().state == "success"
    assert served.conversations == []


@pytest.mark.usefixtures("use_connection")
def test_reply_from_queue(dags, served):
    """Started by hand there is no reply; tests/system/celery has what starts it."""
    assert dags.dags["reply_from_queue"].test().state == "success"
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
    with_tools = (ROOT / "tests" / "system" / "tools").glob("test_*.py")
    tests = "".join(file.read_text() for file in (Path(__file__), *with_tools))
    assert [name for name in NAMES if name not in EXAMPLES and f"def test_{name}(" not in tests] == []
