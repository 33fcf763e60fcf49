"""What a context of Airflow's says of an event, and by which key the event is known."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from airflow_provider_flexout.notifications.event import CallbackEvent, event_of
from tests.unit.notifications.test_flex import DEADLINE, of_dag, of_task

EVENTS = [
    (of_task(), CallbackEvent("failure", "orders", "manual__1", "load", log_url="http://airflow/log")),
    (
        of_task(state="up_for_retry"),
        CallbackEvent("retry", "orders", "manual__1", "load", log_url="http://airflow/log"),
    ),
    (
        of_task(map_index=3),
        CallbackEvent("failure", "orders", "manual__1", "load", 3, log_url="http://airflow/log"),
    ),
    (
        of_task(state="running"),
        CallbackEvent("running", "orders", "manual__1", "load", log_url="http://airflow/log"),
    ),
    (
        of_task(state="running", map_index=1) | {"task": SimpleNamespace(notifiers=["this one"])},
        CallbackEvent(
            "running", "orders", "manual__1", "load", 1, log_url="http://airflow/log", needs_somebody=True
        ),
    ),
    (of_task() | {"reason": "task_failure"}, CallbackEvent("failure", "orders", "manual__1")),
    (of_dag("success"), CallbackEvent("success", "orders", "manual__1")),
    (DEADLINE, CallbackEvent("deadline", "orders", "manual__1", deadline_id="0198")),
    ({}, CallbackEvent("failure", None, None)),
]


@pytest.mark.parametrize(("context", "event"), EVENTS)
def test_what_a_context_says(context, event):
    assert event_of(context) == event
    assert event.sentence.startswith("Airflow: ")


def test_a_task_that_runs_has_started_or_waits_for_somebody():
    started, waits = (event_of(context).sentence for context, event in EVENTS if event.kind == "running")
    assert started.startswith("Airflow: task load of DAG orders has started. ")
    assert waits.startswith("Airflow: task load of DAG orders (map index 1) needs you. ")


@pytest.mark.parametrize("group_by", [None, "run"])
@pytest.mark.parametrize("date", [datetime(2026, 11, 22, tzinfo=timezone.utc), None])
def test_a_run_is_the_same_whether_the_context_names_its_date_or_not(date, group_by):
    """Airflow leaves it out when it knows of no task that ended last, or of one that the DAG has no more."""

    def key(context):
        return event_of(context).key("whom", group_by=group_by, throttle=None, now=0.0)

    run = SimpleNamespace(dag_id="orders", run_id="manual__1", logical_date=date)
    assert key(of_dag()) == key(of_dag() | {"dag_run": run, "logical_date": date})
    if group_by == "run":
        assert key(of_dag()) == key(of_task() | {"dag_run": run, "logical_date": date})


def test_events_are_told_apart_by_all_that_is_said_of_them():
    keys = {event.key("whom", group_by=None, throttle=None, now=0.0) for _, event in EVENTS}
    assert len(keys) == len(EVENTS)


@pytest.mark.parametrize(
    ("group_by", "same", "different"),
    [
        ("dag", {"run_id": "b", "task_id": "check"}, {"dag_id": "bills"}),
        ("task", {"run_id": "b"}, {"task_id": "check"}),
        ("run", {"task_id": "check"}, {"run_id": "b"}),
        ("the warehouse", {"dag_id": "bills", "task_id": "check"}, {"state": "success"}),
    ],
)
def test_groups(group_by, same, different):
    def key(now=7200.0, **changes):
        event = event_of(of_task(**changes))
        return event.key("whom", group_by=group_by, throttle="1h", now=now)

    assert key() == key(now=10_799.0) == key(**same)
    assert len({key(), key(now=10_800.0), key(**different)}) == 3
