"""TaskRouter's events: what a task was when something happened to it."""

from __future__ import annotations

from threading import RLock

from airflow_provider_flexout.sandbox.state import task_event_log
from airflow_provider_flexout.sandbox.state.task_event_log import TaskEventLog
from airflow_provider_flexout.sandbox.wire.clock import Clock
from tests.unit.sandbox.state.test_task_index import task


def test_an_event_keeps_the_task_as_it_was():
    log, row = TaskEventLog(Clock(RLock(), frozen=True)), task(1, key="a")
    log.add("task.created", row)
    row.attributes, row.status = '{"key": "b"}', "reserved"
    log.add_status(row)
    row.status = "pending"
    log.add_status(row)  # waiting again is not an event
    created, reserved = log
    assert (created.attributes, created.status, created.type) == ('{"key": "a"}', "pending", "task.created")
    assert (reserved.attributes, reserved.status, reserved.type) == (
        '{"key": "b"}',
        "reserved",
        "reservation.created",
    )
    assert created.sid != reserved.sid
    log.clear()
    assert list(log) == []


def test_the_events_of_a_task_are_those_that_are_kept(monkeypatch):
    monkeypatch.setattr(task_event_log, "_KEPT", 4)
    log, rows = TaskEventLog(Clock(RLock(), frozen=True)), [task(number, key="a") for number in (1, 2, 3)]
    for kind in ("task.created", "task.updated"):
        for row in rows:
            log.add(kind, row)
    assert [one.n for one in log] == [3, 4, 5, 6]
    assert [[one.n for one in log.of_task(row.sid)] for row in rows] == [[4], [5], [3, 6]]
    for _ in range(4):
        log.add("task.updated", rows[0])
    assert [len(log.of_task(row.sid)) for row in rows] == [4, 0, 0]
    log.clear()
    assert [log.of_task(row.sid) for row in rows] == [()] * 3
