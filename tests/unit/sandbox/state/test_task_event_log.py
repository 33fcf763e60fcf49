"""TaskRouter's events: what a task was when something happened to it."""

from __future__ import annotations

from threading import RLock

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
