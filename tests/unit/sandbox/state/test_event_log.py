"""The event log keeps the latest events in order, and says when some are forgotten."""

from __future__ import annotations

from threading import RLock

import pytest

from airflow_provider_flexout.sandbox.state.event_log import EventLog
from airflow_provider_flexout.sandbox.wire.clock import Clock


@pytest.fixture
def log():
    return EventLog(Clock(RLock(), frozen=True))


def test_the_log_forgets_the_oldest_and_says_so(log):
    for _ in range(12):
        log.add("request", "CH1")
    assert [event.n for event in log.after(10)] == [11, 12]
    for _ in range(5000):
        log.add("sandbox", None)
    assert log.after(12) is not None
    assert log.after(11) is None
    assert len(log.newest(10_000)) == 5000


def test_a_cleared_log_has_another_era(log):
    log.add("message", "CH1", index=0)
    before = log.era
    log.clear()
    assert (log.last, log.newest(10), log.era == before) == (0, [], False)
