"""What a contact window may say."""

from __future__ import annotations

import sys

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.contact_window import read_window


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


def test_holidays_without_their_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)  # as Python notes that there is none
    with pytest.raises(InvalidInput, match=r"pip install 'airflow-provider-flexout\[holidays\]'"):
        read_window({"holidays": "IT"})
    read_window({"days": "mon-fri"})
