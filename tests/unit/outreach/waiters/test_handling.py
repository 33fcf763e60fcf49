"""What TaskRouter's events tell of a task."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.outreach.waiters.handling import Handling, handling_of, seconds_between
from airflow_provider_flexout.twilio.api.task_events import TaskEvent

BEGAN = datetime(2026, 11, 22, tzinfo=timezone.utc)


def event(minute, kind, attributes=None, **data):
    data = {"task_sid": "WT1", "task_attributes": json.dumps(attributes or {})} | data
    at = int(BEGAN.timestamp() * 1000) + minute * 60_000
    return TaskEvent(sid=f"EV{minute}", event_type=kind, event_date_ms=at, event_data=data)


ANA = {"worker_sid": "WK1", "worker_name": "ana"}
BEN = {"worker_sid": "WK2", "worker_name": "ben"}
CREATED, ACCEPTED = event(0, "task.created"), event(2, "reservation.accepted", **ANA)


def test_the_last_agent_counts_in_whatever_order_events_come():
    events = [
        CREATED,
        ACCEPTED,
        event(5, "reservation.accepted", **BEN),
        event(8, "task.wrapup", {"outcome": "sold"}),
        event(
            9, "task.completed", {"outcome": "sold", "conversations": {"initiated_by": "agent", "case": "7"}}
        ),
    ]
    random.Random(7).shuffle(events)  # noqa: S311
    found = handling_of(events)
    assert (found.task_sid, found.worker_sid, found.worker_name) == ("WT1", "WK2", "ben")
    assert found.accepted_at == BEGAN + timedelta(minutes=5)
    assert found.completed_at == found.ended_at == BEGAN + timedelta(minutes=9)
    assert found.noted == {"outcome": "sold", "case": "7"}


@pytest.mark.parametrize("kind", ["task.canceled", "task.deleted", "task.system-deleted"])
def test_what_ends_without_being_completed(kind):
    found = handling_of([CREATED, event(3, kind)])
    assert found.ended_at == BEGAN + timedelta(minutes=3)
    assert found.is_canceled is (kind == "task.canceled")
    assert (found.completed_at is None) is found.is_canceled


def test_what_is_under_way_and_what_is_not_known():
    assert handling_of([CREATED, ACCEPTED]).completed_at is None
    assert handling_of([]) == Handling()


@pytest.mark.parametrize("data", [None, {}, {"task_attributes": "no JSON", "task_sid": 7}])
def test_events_that_lack_what_they_should_have(data):
    found = handling_of([TaskEvent(sid="EV1", event_type="reservation.accepted", event_data=data)])
    assert found == Handling()


def test_seconds_between():
    assert seconds_between(BEGAN, BEGAN + timedelta(minutes=1)) == 60
    assert seconds_between(None, BEGAN) is seconds_between(BEGAN, None) is None
