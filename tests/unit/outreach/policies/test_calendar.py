"""When a window opens next, against a slow and obvious reference, over zones, clock changes and midnights."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from airflow_provider_flexout.outreach.policies.calendar import HORIZON, opens_at
from airflow_provider_flexout.outreach.policies.contact_window import (
    DAYS,
    ContactWindow,
    read_window,
    zone_named,
)

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


def obvious_opening(windows: list[ContactWindow], moment: datetime, zones: list[str]) -> datetime | None:
    """Look at every minute, in every zone, at each window's hours of these days; give up after days."""
    first = moment.date() - 3 * DAY
    days = [first + number * DAY for number in range(REFERENCE_DAYS + 6)]
    hours = [
        (found, {day for day in days if is_closed(window, day)})
        for window in windows
        for found in (wall_hours(window, day) for day in days)
        if found
    ]
    for number in range(REFERENCE_DAYS * 24 * 60):
        minute = moment + number * MINUTE
        walls = [minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones]
        if all(
            any(begin <= wall < end and wall.date() not in closed for (begin, end), closed in hours)
            for wall in walls
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
    check_opening([window], moment, zones)


@settings(max_examples=60, deadline=None)
@given(
    several=st.lists(windows, min_size=2, max_size=3),
    moment=moments,
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True),
)
def test_several_windows_are_open_where_one_of_them_is(several, moment, zones):
    check_opening(several, moment, zones)


def check_opening(several, moment, zones):
    assume(all(window.start != window.end for window in several))
    found = opens_at(read_window(several), moment, [zone_named(zone) for zone in zones])
    expected = obvious_opening(several, moment, zones)
    if expected is None:
        assert found is None or found >= moment + REFERENCE_DAYS * DAY
    else:
        assert found == expected


FRIDAY = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)
UTC = [timezone.utc]


def closed_for(days):
    """A window that is left out for so many days from Friday, whole days, and open at every other moment."""
    last = (FRIDAY + (days - 1) * DAY).date()
    return read_window(
        ContactWindow(start="00:00", end="24:00", timezone="UTC", blackout=[f"2026-11-27/{last}"])
    )


def test_a_window_that_is_open_opens_at_this_very_moment():
    moment = FRIDAY.astimezone(ZoneInfo("Europe/Rome"))
    found = opens_at(closed_for(1), moment + DAY, [zone_named("Asia/Tokyo"), zone_named("Europe/Rome")])
    assert found == moment + DAY
    assert found.utcoffset() == timedelta()


@pytest.mark.parametrize("days", [1, 2, 30, 365, HORIZON - 1])
def test_a_window_that_opens_within_a_year_is_found(days):
    assert opens_at(closed_for(days), FRIDAY, UTC) == FRIDAY.replace(hour=0) + days * DAY


@pytest.mark.parametrize("days", [HORIZON + 2, 2 * HORIZON])
def test_a_window_that_does_not_open_for_longer_never_does(days):
    assert opens_at(closed_for(days), FRIDAY, UTC) is None


def test_a_window_that_opens_a_whole_day_after_a_day_is_found():
    saturday = (FRIDAY + DAY).replace(hour=9)
    hours = read_window(ContactWindow(start="09:00", end="10:00", days=["mon", "tue"]))
    assert opens_at(hours, saturday, UTC) == saturday + 2 * DAY


def test_it_opens_today_where_utc_has_tomorrow_already():
    hours, zone = read_window({"start": "18:00", "end": "20:00"}), zone_named("America/Los_Angeles")
    evening = datetime(2026, 11, 27, 17, 30, tzinfo=ZoneInfo("America/Los_Angeles"))
    assert opens_at(hours, evening, [zone]) == evening + 30 * MINUTE


def test_a_blackout_without_a_zone_ends_by_the_clock_of_the_window():
    hours = read_window(
        ContactWindow(start="09:00", end="18:00", blackout=["2026-11-27T09:00/2026-11-27T12:00"])
    )
    late = datetime(2026, 11, 27, 10, tzinfo=ZoneInfo("America/Los_Angeles"))
    assert opens_at(hours, late, [zone_named("America/Los_Angeles")]) == late.replace(hour=12)


def test_zones_without_a_common_hour_are_given_up():
    hours = read_window({"start": "09:00", "end": "10:00"})
    assert opens_at(hours, FRIDAY, [zone_named("Europe/Rome"), zone_named("America/Los_Angeles")]) is None


@pytest.mark.parametrize(
    ("start", "end", "change", "before", "after"),
    [
        ("02:30", "02:45", CLOCK_CHANGES[0], 1, 24 * 60 - 30),  # there is no such time in that night
        # It opens when the clocks are set, whenever that is looked for.
        *[("02:30", "04:00", CLOCK_CHANGES[0], before, 0) for before in range(1, 61)],
        ("02:30", "02:45", CLOCK_CHANGES[1], 60, -30),  # for the first time, before the clocks are set back
        ("02:30", "02:45", CLOCK_CHANGES[1], 1, 30),  # for the second time, when they were set back
    ],
)
def test_what_opens_in_a_night_in_which_the_clocks_are_set(start, end, change, before, after):
    hours = read_window(ContactWindow(start=start, end=end))
    opens = opens_at(hours, change - before * MINUTE, [zone_named("Europe/Rome")])
    assert opens == change + after * MINUTE
