"""Days and spans in which nobody is contacted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.blackout import read_blackout

ROME = ZoneInfo("Europe/Rome")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROME)


@pytest.mark.parametrize(
    "given", ["2026-12-24/2026-12-25", ["2026-12-24", "2026-12-25"], (date(2026, 12, 24), date(2026, 12, 25))]
)
def test_the_last_day_of_a_span_belongs_to_it(given):
    blackout = read_blackout(given)
    assert blackout.holds(at("2026-12-25T23:59"))
    assert not blackout.holds(at("2026-12-26T00:00"))
    assert blackout.holds_day(date(2026, 12, 25))
    assert not blackout.holds_day(date(2026, 12, 26))
    assert blackout.ends(ROME) == at("2026-12-26T00:00")


def test_the_last_moment_of_a_span_does_not():
    blackout = read_blackout("2026-12-24T12:00/2026-12-24T13:00")
    assert [blackout.holds(at(f"2026-12-24T{clock}")) for clock in ("11:59", "12:00", "12:59", "13:00")] == [
        False,
        True,
        True,
        False,
    ]
    assert not blackout.holds_day(date(2026, 12, 24))


def test_a_moment_with_an_offset_is_the_same_everywhere():
    blackout = read_blackout("2026-12-24T11:00Z/2026-12-24T12:00Z")
    assert blackout.holds(at("2026-12-24T12:30"))
    assert not blackout.holds(at("2026-12-24T11:30"))


@pytest.mark.parametrize(
    "given", ["Christmas", "2026-12-25/2026-12-24", "2026-12-24T12:00Z/2026-12-24T13:00", 7, [], None]
)
def test_what_is_refused(given):
    with pytest.raises(InvalidInput, match="contact_window: blackout: "):
        read_blackout(given)


@pytest.mark.parametrize(
    "given",
    [
        "2026-12-24T12:00+01:00/2026-12-24T13:00+01:00",
        (datetime(2026, 12, 24, 12, tzinfo=ROME), datetime(2026, 12, 24, 13, tzinfo=ROME)),
    ],
)
def test_an_offset_counts_whatever_the_workers_own_zone_is(given, elsewhere):
    blackout = read_blackout(given)
    assert blackout.start == at("2026-12-24T12:00")
    assert blackout.ends(ROME) == at("2026-12-24T13:00")


def test_a_moment_without_an_offset_has_none_whatever_the_workers_own_zone_is(elsewhere):
    assert read_blackout("2026-12-24T12:00/2026-12-24T13:00").start == datetime(2026, 12, 24, 12)  # noqa: DTZ001


@pytest.fixture
def elsewhere(monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
