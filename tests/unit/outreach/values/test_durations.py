"""Lengths of time and moments, as users write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.durations import format_duration, read_duration, read_moment


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("PT4H", 14400), ("P3D", 259200), ("90s", 90), ("1.5h", 5400), ("2w", 1209600), (60, 60)],
)
def test_lengths_of_time(given, seconds):
    assert read_duration("after", given) == timedelta(seconds=seconds)
    assert read_duration("after", timedelta(seconds=seconds)).total_seconds() == seconds


@pytest.mark.parametrize(
    "given",
    [
        "",
        "4",
        "-4h",
        "P1M",
        "P1Y",
        "2026-01-01",
        0,
        -1,
        None,
        True,
        [1],
        timedelta(),
        timedelta.min,
        1e300,
        float("nan"),
        "9" * 400 + "s",
    ],
)
def test_what_is_no_length_of_time(given):
    with pytest.raises(InvalidInput, match=r"after: .* is not a length of time"):
        read_duration("after", given)


@pytest.mark.parametrize("given", ["5300w", "P36526D", 10**12, timedelta.max])
def test_what_is_too_long_to_be_counted_from_now(given):
    with pytest.raises(InvalidInput, match=r"after: .* is longer than a hundred years"):
        read_duration("after", given)
    assert datetime.now(timezone.utc) - read_duration("after", "36525d")


@pytest.mark.parametrize(
    "given",
    ["2026-11-23T09:00+01:00", "2026-11-23T08:00Z", datetime(2026, 11, 23, 8, tzinfo=timezone.utc)],
)
def test_moments(given):
    assert read_moment("at", given) == datetime(2026, 11, 23, 8, tzinfo=timezone.utc)


@pytest.mark.parametrize("given", ["2026-11-23T09:00", "tomorrow", "", None, "PT1H"])
def test_what_is_not_a_moment(given):
    with pytest.raises(InvalidInput, match=r"at: .* is not a moment"):
        read_moment("at", given)


@pytest.mark.parametrize(
    ("hours", "text"), [(24, "1 day"), (36, "1 day 12 hours"), (720, "4 weeks 2 days"), (0.5, "30 minutes")]
)
def test_lengths_are_written_for_people(hours, text):
    assert format_duration(timedelta(hours=hours)) == text


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (timedelta(), "0 seconds is not a length of time above zero"),
        (timedelta(hours=-1), "-1 hour is not a length of time above zero"),
        (0, "0 is not a length of time above zero"),
        (timedelta(weeks=5300), "37,100 days is longer than a hundred years"),
        ("soon", "'soon' is not a length of time; write"),
    ],
)
def test_what_was_given_is_shown(given, sentence):
    with pytest.raises(InvalidInput, match=f"after: {sentence}"):
        read_duration("after", given)
