"""The period whose outreaches are read, from what Airflow and the author of the DAG say of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.sdk import DAG

from airflow_provider_flexout.outreach.results.selection import Selection
from airflow_provider_flexout.transfers.outreach import OutreachToSqlOperator
from airflow_provider_flexout.twilio.api.conversations import Conversation

BERLIN = ZoneInfo("Europe/Berlin")
FORWARD, BACK = datetime(2027, 3, 28, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)
"""The days on which Berlin's clocks go from 2 to 3, and from 3 to 2."""


def period(context=None, **arguments):
    """Give the period of a task once its templates are rendered."""
    with DAG("results", schedule=None):
        task = OutreachToSqlOperator(task_id="results", conn_id="warehouse", **arguments)
    context = context or {}
    task.render_template_fields(context)
    selection = task._selection(context)
    return selection.start, selection.end


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


def at(day, hour, minute=0, fold=0):
    return day.replace(hour=hour, minute=minute, fold=fold)


@pytest.mark.parametrize("timezone_of", [ZoneInfo, pendulum.timezone])
def test_a_data_interval_is_as_long_as_the_day_was(timezone_of):
    zone = timezone_of("Europe/Berlin")
    days = [datetime(2027, 3, 28, tzinfo=zone), datetime(2027, 3, 29, tzinfo=zone)]
    start, end = period({"data_interval_start": days[0], "data_interval_end": days[1]})
    assert (start, end, end - start) == (utc(2027, 3, 27, 23), utc(2027, 3, 28, 22), timedelta(hours=23))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        # An hour before half past three is half past one: the hour between was left out.
        ({"end": at(FORWARD, 3, 30), "lookback": "1h"}, (utc(2027, 3, 28, 0, 30), utc(2027, 3, 28, 1, 30))),
        # Half past two comes twice, and ten past two of the second time is later.
        (
            {"start": at(BACK, 2, 30), "end": at(BACK, 2, 10, fold=1)},
            (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 10)),
        ),
        (
            {"start": at(BACK, 12), "end": at(BACK, 13), "lookback": "1d"},
            (utc(2026, 10, 24, 11), utc(2026, 10, 25, 12)),
        ),
    ],
)
def test_lengths_of_time_are_what_passes_and_not_what_clocks_show(arguments, expected):
    assert period(**arguments) == expected


def test_templates_are_rendered():
    context = {
        "data_interval_start": pendulum.datetime(2027, 3, 28, tz="Europe/Berlin"),
        "data_interval_end": pendulum.datetime(2027, 3, 29, tz="Europe/Berlin"),
        "params": {"lookback": "30m"},
    }
    arguments = {
        "start": "{{ data_interval_start.isoformat() }}",
        "end": "{{ data_interval_end.isoformat() }}",
        "lookback": "{{ params.lookback }}",
    }
    assert period(context, **arguments) == (utc(2027, 3, 27, 22, 30), utc(2027, 3, 28, 22))


@pytest.mark.parametrize("day", [FORWARD, BACK, utc(2027, 1, 31), utc(2028, 2, 29)])
@pytest.mark.parametrize("minutes", [0, 1, 59, 60, 90, 119, 120, 150, 180, 1439])
def test_of_periods_that_follow_each_other_each_outreach_is_in_one(day, minutes):
    """Twilio is asked for whole days, which have to hold the period."""
    first = day.astimezone(timezone.utc) + timedelta(minutes=minutes)
    ends = [(first + timedelta(hours=at)).astimezone(day.tzinfo) for at in (0, 1, 24, 25)]
    found = [Selection(*period(start=start, end=end)) for start, end in pairwise(ends)]
    for end in ends:
        for seconds in (-1, 0, 1):
            opened = end.astimezone(timezone.utc) + timedelta(seconds=seconds)
            within = ends[0].astimezone(timezone.utc) <= opened < ends[-1].astimezone(timezone.utc)
            assert sum(is_read(one, opened) for one in found) == within


def is_read(selection, opened):
    query = selection.first_page().query
    listed = query["StartDate"] <= f"{opened:%Y-%m-%dT%H:%M:%SZ}" <= query["EndDate"]
    attributes = json.dumps({"flexout": {"v": 1, "key": "fx0", "claim": {"by": "0f", "within": 0}}})
    found = Conversation(sid="CH1", attributes=attributes, date_created=opened)
    return listed and selection.record_of(found) is not None
