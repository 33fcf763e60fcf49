"""The sandbox's time: it flows, stands still or is advanced, and what is due happens in order."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from threading import RLock

import pytest

from airflow_provider_flexout.sandbox.wire.clock import Clock, http_date, iso, seconds

START = datetime(2026, 3, 1, 9, tzinfo=timezone.utc)


@pytest.fixture
def clock():
    return Clock(RLock(), frozen=True, start=START)


def test_it_stands_still_or_flows(clock):
    assert clock.now() == START
    assert clock.advance("2h") == START + timedelta(hours=2)
    assert clock.advance(timedelta(minutes=1)) == START + timedelta(hours=2, minutes=1)
    assert clock.advance(0.5).microsecond == 500_000
    clock.resume()
    before = clock.now()
    while clock.now() == before:
        pass
    clock.freeze()
    assert clock.frozen
    assert clock.now() == clock.now()


def test_it_begins_at_the_present_and_flows_by_default():
    earlier = datetime.now(timezone.utc)
    now = Clock(RLock()).now()
    assert earlier - timedelta(seconds=1) <= now <= datetime.now(timezone.utc) + timedelta(seconds=1)


def test_events_happen_in_order_each_at_its_own_time(clock):
    happened = []
    clock.handlers["note"] = lambda name: happened.append((name, clock.time() - START.timestamp()))
    clock.handlers["again"] = lambda: clock.schedule(1, "note", "later")
    clock.schedule(5, "note", "second")
    clock.schedule(2, "again")
    clock.schedule(5, "note", "third")
    clock.advance(4)
    assert happened == [("later", 3.0)]
    clock.advance(4)
    assert happened == [("later", 3.0), ("second", 5.0), ("third", 5.0)]
    assert clock.time() - START.timestamp() == 8


def test_a_request_happens_at_one_moment(clock):
    happened = []
    clock.handlers["note"] = lambda: happened.append(clock.time())
    clock.schedule(1, "note")
    clock.pin(START.timestamp() + 10)
    assert happened == [START.timestamp() + 1]
    assert clock.time() == START.timestamp() + 10
    clock.advance(5)  # by a request to the sandbox's controls, while it is handled
    assert clock.time() == START.timestamp() + 15
    clock.unpin()
    assert clock.time() == START.timestamp() + 15


def test_what_was_scheduled_can_be_forgotten(clock):
    clock.schedule(1, "nobody handles this")
    clock.clear()
    clock.advance(2)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [("90s", 90), ("10m", 600), ("2h", 7200), ("3d", 259_200), ("250ms", 0.25), (1.5, 1.5), ("1.5 h", 5400)],
)
def test_durations(duration, expected):
    assert seconds(duration) == expected
    assert seconds(timedelta(seconds=expected)) == expected


@pytest.mark.parametrize("wrong", ["soon", "yesterday", "", "1w", -1, "-1s", True, None, float("nan"), 1e12])
def test_what_is_not_a_duration_is_refused(clock, wrong):
    with pytest.raises(ValueError, match="duration"):
        seconds(wrong)
    with pytest.raises(ValueError, match="duration"):
        clock.advance(wrong)
    assert clock.now() == START


@pytest.mark.parametrize("speed", [0, -1, 3601, True])
def test_a_wrong_speed_is_refused(clock, speed):
    with pytest.raises(ValueError, match="speed"):
        clock.resume(speed)
    assert clock.frozen


def test_dates_are_written_as_twilio_and_http_write_them():
    assert iso(START.timestamp() + 0.9) == "2026-03-01T09:00:00Z"
    assert http_date(int(START.timestamp())) == "Sun, 01 Mar 2026 09:00:00 GMT"
