"""Twilio's clock, as the client reads it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
import time_machine

from airflow_provider_flexout.twilio.http.client import ServerClock

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
DATE = "Mon, 23 Nov 2026 12:00:00 GMT"


UNUSABLE = [
    None,
    "",
    "noon",
    "Mon, 23 Nov 2026 12:00:00 -0000",
    "32 Foo 9999",
    "Mon, 23 Nov 99999999999999999999 12:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
]
"""The later ones are dates, with which one cannot reckon."""


@pytest.mark.parametrize("date", UNUSABLE)
def test_without_a_date_it_is_this_machines(date):
    clock = ServerClock()
    clock.read(date)
    with time_machine.travel(NOON, tick=False):
        assert (clock.now(), clock.ahead) == (NOON, timedelta())


@pytest.mark.parametrize("seconds", [3, -3, 600, -600, 86_400])
def test_a_date_shows_how_far_this_machine_is_ahead(seconds):
    clock = ServerClock()
    clock.read(DATE)
    with time_machine.travel(NOON + timedelta(seconds=seconds), tick=False):
        assert clock.ahead.total_seconds() == pytest.approx(seconds, abs=1)
        assert abs(clock.now() - NOON) < timedelta(seconds=1)


@pytest.mark.parametrize("seconds", [0, 1.5, -1.5])
def test_a_second_is_no_difference(seconds):
    clock = ServerClock()
    clock.read(DATE)
    here = NOON + timedelta(seconds=seconds)
    with time_machine.travel(here, tick=False):
        assert clock.now() == here


def test_the_newest_date_counts():
    clock = ServerClock()
    clock.read("Sun, 22 Nov 2026 12:00:00 GMT")
    clock.read(DATE)
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        assert abs(clock.now() - NOON) < timedelta(seconds=1)
