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


@pytest.mark.parametrize(
    "given",
    ["2026-12-24", " 2026-12-24 ", ["2026-12-24"], ("2026-12-24",), date(2026, 12, 24), [date(2026, 12, 24)]],
)
def test_one_day_may_be_written_alone(given):
    blackout = read_blackout(given)
    assert (blackout.start, blackout.end) == (datetime(2026, 12, 24), datetime(2026, 12, 25))  # noqa: DTZ001
    assert blackout.of_days


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        ("2026-12-24/2026-12-26T12:00", "2026-12-24T00:00", "2026-12-26T12:00"),
        ("2026-12-24T12:00/2026-12-26", "2026-12-24T12:00", "2026-12-27T00:00"),
    ],
)
def test_a_day_and_a_moment_are_a_span_of_moments(given, start, end):
    blackout = read_blackout(given)
    assert (blackout.start.isoformat("T", "minutes"), blackout.end.isoformat("T", "minutes")) == (start, end)
    assert not blackout.of_days
    assert not blackout.holds_day(date(2026, 12, 25))


def test_a_span_with_an_offset_holds_its_first_moment_and_not_its_last():
    blackout = read_blackout("2026-12-24T11:00Z/2026-12-24T12:00Z")
    held = [blackout.holds(at(f"2026-12-24T{clock}")) for clock in ("11:59:59", "12:00", "12:59:59", "13:00")]
    assert held == [False, True, True, False]


def test_a_span_of_days_begins_with_its_first():
    blackout = read_blackout("2026-12-24/2026-12-25")
    days = [date(2026, 12, day) for day in (23, 24, 25, 26)]
    assert [blackout.holds_day(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    "given",
    [
        "2026-12-24T12:00/2026-12-24T12:00",
        "2026-12-24T12:00/2026-12-24T13:00Z",
        ["2026-12-24", "2026-12-25", "2026-12-26"],
        {"2026-12-24"},
    ],
)
def test_a_span_without_a_moment_or_of_other_parts_is_refused(given):
    with pytest.raises(InvalidInput, match="contact_window: blackout: "):
        read_blackout(given)
