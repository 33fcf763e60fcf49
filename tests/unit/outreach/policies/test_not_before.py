"""A contact waits for its own time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.decision import Go, Hold
from airflow_provider_flexout.outreach.policies.not_before import NotBefore, read_moment

TEN = datetime(2026, 12, 1, 10, tzinfo=timezone.utc)


def decided(now):
    try:
        next(NotBefore(TEN).check(now))
    except StopIteration as done:
        return done.value
    raise AssertionError("asks nobody")


def test_it_goes_from_that_very_moment_on():
    assert decided(TEN) == decided(TEN + timedelta(days=1)) == Go()
    assert decided(TEN - timedelta(microseconds=1)) == Hold(TEN, "the time in not_before has not come yet.")


@pytest.mark.parametrize(
    ("given", "zone"),
    [
        ("2026-12-01T10:00Z", None),
        ("2026-12-01T11:00:00+01:00", None),
        (" 2026-12-01 10:00:00+00:00 ", "Asia/Tokyo"),
        ("2026-12-01T05:00", "America/New_York"),
        ("2026-12-01 19:00:00", "Asia/Tokyo"),
    ],
)
def test_a_moment(given, zone):
    assert read_moment("when", given, zone) == TEN


def test_a_day_begins_at_the_customers_midnight():
    assert read_moment("when", "2026-12-01", "Asia/Tokyo") == datetime(2026, 11, 30, 15, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "given", ["soon", "10:00", "2026-13-01", "2026-12-01/2026-12-02", "PT5M", "+12025550117"]
)
def test_what_is_no_moment(given):
    with pytest.raises(InvalidInput, match=r"^when: ") as caught:
        read_moment("when", given, "UTC")
    assert "12025550117" not in str(caught.value)


def test_a_time_of_nowhere():
    with pytest.raises(InvalidInput, match="has no offset"):
        read_moment("when", "2026-12-01T10:00", None)
