"""Contact windows against a slow and obvious reference, over zones, clock changes and midnights."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from airflow_provider_flexout.outreach.errors import InvalidInput, NoContactHours
from airflow_provider_flexout.outreach.policies.calendar import next_opening
from airflow_provider_flexout.outreach.policies.contact_hours import ContactHours
from airflow_provider_flexout.outreach.policies.contact_window import (
    DAYS,
    ContactWindow,
    read_window,
    zone_named,
)
from airflow_provider_flexout.outreach.policies.decision import Go, Hold
from airflow_provider_flexout.outreach.policies.recipients import Recipient, Recipients

ROME, NEW_YORK, SYDNEY = "+393331234567", "+12025550117", "+61412345678"
TOLL_FREE, NOWHERE = "+18005551234", "+883123456789"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
REFERENCE_DAYS = 4
ITALY = holidays.country_holidays("IT")

ZONES = [
    "Europe/Rome",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Asia/Beirut",  # clocks change at midnight
    "Africa/Cairo",
    "America/Havana",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",  # had no 30 December 2011
    "America/Sao_Paulo",
    "Pacific/Kiritimati",
    "UTC",
]
CLOCK_CHANGES = [
    datetime(2026, 3, 29, 1, tzinfo=timezone.utc),
    datetime(2026, 10, 25, 1, tzinfo=timezone.utc),
    datetime(2026, 3, 8, 7, tzinfo=timezone.utc),
    datetime(2026, 11, 1, 6, tzinfo=timezone.utc),
    datetime(2026, 4, 4, 15, tzinfo=timezone.utc),
    datetime(2023, 3, 25, 22, tzinfo=timezone.utc),
    datetime(2011, 12, 30, 10, tzinfo=timezone.utc),
    datetime(2018, 11, 4, 3, tzinfo=timezone.utc),
]


def wall_hours(window: ContactWindow, day: date) -> tuple[datetime, datetime] | None:
    """Give the hours that begin on a day, on the wall's clock."""
    if DAYS[day.weekday()] not in window.days or is_closed(window, day):
        return None
    begin = datetime.combine(day, time.fromisoformat(window.start))
    if window.end == "24:00":
        return begin, datetime.combine(day + DAY, time())
    end = datetime.combine(day, time.fromisoformat(window.end))
    return begin, end if end > begin else end + DAY


def is_closed(window: ContactWindow, day: date) -> bool:
    return day.isoformat() in window.blackout or (window.holidays == "IT" and day in ITALY)


def obvious_opening(window: ContactWindow, moment: datetime, zones: list[str]) -> datetime | None:
    """Look at every minute, in every zone, at the hours of today and of yesterday; give up after days."""
    first = moment.date() - 3 * DAY
    days = [first + number * DAY for number in range(REFERENCE_DAYS + 6)]
    hours = [found for found in (wall_hours(window, day) for day in days) if found]
    closed = {day for day in days if is_closed(window, day)}
    for number in range(REFERENCE_DAYS * 24 * 60):
        minute = moment + number * MINUTE
        walls = [minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones]
        if all(
            wall.date() not in closed and any(begin <= wall < end for begin, end in hours) for wall in walls
        ):
            return minute
    return None


clocks = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
moments = st.builds(
    lambda change, minutes: change + minutes * MINUTE,
    st.sampled_from(CLOCK_CHANGES),
    st.integers(-2 * 24 * 60, 2 * 24 * 60),
)
windows = st.builds(
    ContactWindow,
    days=st.sets(st.sampled_from(DAYS), min_size=3),
    start=clocks,
    end=clocks | st.just("24:00"),
    holidays=st.sampled_from([(), "IT"]),
    blackout=st.lists(st.sampled_from(["2026-03-29", "2026-10-25", "2026-11-02"]), max_size=2),
)


@settings(max_examples=100, deadline=None)
@given(
    window=windows,
    moment=moments,
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True),
)
@example(ContactWindow(start="02:30", end="04:00"), CLOCK_CHANGES[0] - 60 * MINUTE, ["Europe/Rome"])
@example(ContactWindow(start="01:00", end="02:30"), CLOCK_CHANGES[1] - 15 * MINUTE, ["Europe/Rome"])
@example(ContactWindow(start="00:00", end="02:00"), CLOCK_CHANGES[5] - 60 * MINUTE, ["Asia/Beirut"])
@example(
    ContactWindow(start="01:00", end="00:15", blackout=["2026-03-29"]), CLOCK_CHANGES[0], ["Europe/Rome"]
)
@example(ContactWindow(start="22:00", end="02:00"), CLOCK_CHANGES[6] - 60 * MINUTE, ["Pacific/Apia"])
def test_the_next_opening_is_the_first_minute_that_is_obviously_open(window, moment, zones):
    assume(window.start != window.end)
    found = next_opening(read_window(window), moment, [zone_named(zone) for zone in zones])
    expected = obvious_opening(window, moment, zones)
    if expected is None:
        assert found is None or found >= moment + REFERENCE_DAYS * DAY
    else:
        assert found == expected


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment + "+00:00")


def hold(window: dict, addresses: tuple[str, ...], moment: str) -> Go | Hold:
    policy = ContactHours(read_window(window), Recipients(tuple(Recipient(one) for one in addresses)))
    try:
        next(policy.check(at(moment)))
    except StopIteration as done:
        return done.value
    raise AssertionError("a window asks nobody")


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23T08:00", None),
        ("2026-11-23T07:59", "2026-11-23T08:00"),
        ("2026-11-23T19:00", "2026-11-24T08:00"),
        ("2026-11-27T20:00", "2026-11-30T08:00"),  # Friday evening
        ("2026-10-24T12:00", "2026-10-26T08:00"),  # the clocks are set back in between
        ("2026-03-27T20:00", "2026-03-30T07:00"),  # and forward
        ("2025-12-23T20:00", "2025-12-24T08:00"),
        ("2025-12-24T20:00", "2025-12-29T08:00"),  # Christmas, and the weekend after it
    ],
)
def test_a_week_in_rome(moment, opens):
    window = {
        "days": "mon-fri",
        "start": "09:00",
        "end": "20:00",
        "timezone": "Europe/Rome",
        "holidays": "IT",
    }
    decision = hold(window, (), moment)
    assert decision == Go() if opens is None else decision.until == at(opens)


def test_a_number_with_several_zones_is_contacted_when_it_is_day_in_all_of_them():
    # From Cocos (UTC+6:30) to Lord Howe (UTC+11 in November).
    assert hold({}, (SYDNEY,), "2026-11-22T02:29").until == at("2026-11-22T02:30")
    assert hold({}, (SYDNEY,), "2026-11-22T08:59") == Go()
    assert hold({}, (SYDNEY,), "2026-11-22T09:00").until == at("2026-11-23T02:30")


def test_several_people_are_contacted_when_it_is_day_for_all_of_them():
    both = (f"whatsapp:{ROME}", NEW_YORK)
    assert hold({}, both, "2026-11-22T13:59").until == at("2026-11-22T14:00")
    assert hold({}, both, "2026-11-22T18:59") == Go()
    assert isinstance(hold({}, both, "2026-11-22T19:00"), Hold)


@pytest.mark.parametrize("addresses", [(NOWHERE,), ("ada@example.com",), (TOLL_FREE,), (ROME, NOWHERE), ()])
def test_an_unknown_zone_is_held_or_fails_but_never_sent(addresses):
    until_six = {"end": "18:00"}  # which is past on one coast before a toll-free number's other end wakes
    for hour in (0, 15):
        decision = hold(until_six, addresses, f"2026-11-22T{hour:02}:00")
        assert isinstance(decision, Hold)
        assert decision.until is None
        for address in addresses:
            assert address not in decision.why
    with pytest.raises(NoContactHours, match="It is not known when the customer may be contacted"):
        hold(until_six | {"unknown_zone": "fail"}, addresses, "2026-11-22T12:00")


def test_a_blackout_of_hours_counts_on_the_clock_of_the_customer():
    window = {"blackout": ["2026-12-24T12:00/2026-12-27T00:00", ["2026-12-28", "2026-12-29"]]}
    assert hold(window, (ROME,), "2026-12-24T10:59") == Go()
    assert hold(window, (ROME,), "2026-12-24T11:00").until == at("2026-12-27T08:00")
    assert hold(window, (ROME,), "2026-12-27T19:30").until == at("2026-12-30T08:00")


def test_a_blackout_with_an_offset_is_the_same_moment_everywhere():
    window = {"timezone": "Europe/Rome", "blackout": ["2026-12-01T10:00Z/2026-12-01T12:30Z"]}
    assert hold(window, (), "2026-12-01T10:00").until == at("2026-12-01T12:30")


def test_a_window_that_never_opens_fails():
    with pytest.raises(NoContactHours, match="does not open in a year"):
        hold({"timezone": "UTC", "blackout": ["2026-01-01/2028-12-31"]}, (), "2026-11-22T12:00")


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ("09:00-20:00", "write an object"),
        ({"hours": "9-5"}, "has no 'hours', only days, start, end"),
        ({"days": "mon-fry"}, "days: 'mon-fry' is none of mon"),
        ({"days": []}, "days: name at least one"),
        ({"start": "9"}, "start: '9' is not a time of day"),
        ({"end": "24:30"}, "end: '24:30' is not a time of day"),
        ({"start": "09:00", "end": "09:00"}, "it never opens"),
        ({"timezone": "Rome"}, "timezone: 'Rome' is not a time zone"),
        ({"holidays": "XX"}, "holidays: 'XX' is unknown"),
        ({"unknown_zone": "send"}, "neither"),
        ({"blackout": ["Christmas"]}, "blackout: 'Christmas' cannot be read"),
        ({"blackout": ["2026-12-26/2026-12-24"]}, "ends before it begins"),
        ({"blackout": ["12:00/13:00"]}, "cannot be read"),
        ({"blackout": [7]}, "cannot be read"),
    ],
)
def test_what_is_no_window(window, said):
    with pytest.raises(InvalidInput, match=said):
        read_window(window)


def test_days_may_be_written_in_a_row_or_as_a_list():
    for days in ("mon-fri", ["mon", "tue", "wed", "thu", "fri"], "mon, tue,wed-fri"):
        assert read_window({"days": days}).weekdays == frozenset(range(5))
    assert read_window({"days": "sat-mon"}).weekdays == {5, 6, 0}
