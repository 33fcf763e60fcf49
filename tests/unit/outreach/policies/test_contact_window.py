"""What a contact window may say."""

from __future__ import annotations

import ast
import re
import sys
from datetime import datetime

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.contact_window import check_own_zones, read_window, read_zone
from tests.paths import ROOT

NOT_A_DAY = r"is not one of mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri\."


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ("09:00-20:00", "write an object"),
        ({"hours": "9-5"}, "has no 'hours', only days, start, end"),
        ({"hours": "9-5", 9: 5}, "has no 9, only days, start, end"),
        ({"days": "mon-fry"}, f"^contact_window: days: 'mon-fry' {NOT_A_DAY}$"),
        ({"days": "mon-wed-fri"}, f"^contact_window: days: 'mon-wed-fri' {NOT_A_DAY}$"),
        ({"days": 5}, f"^contact_window: days: 5 {NOT_A_DAY}$"),
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
        ([], "an empty list never opens"),
        ([{}, "09:00-20:00"], "write an object"),
        ([{}, {"start": "9"}], "start: '9' is not a time of day"),
        ([{"timezone": "UTC"}, {}], "timezone must be the same in each"),
        ([{"unknown_zone": "fail"}, {}], "unknown_zone must be the same in each"),
    ],
)
def test_what_is_no_window(window, said):
    with pytest.raises(InvalidInput, match=said):
        read_window(window)


def test_days_may_be_written_in_a_row_or_as_a_list():
    for days in ("mon-fri", ["mon", "tue", "wed", "thu", "fri"], "mon, tue,wed-fri"):
        assert read_window({"days": days}).daily[0].weekdays == frozenset(range(5))
    assert read_window({"days": "sat-mon"}).daily[0].weekdays == {5, 6, 0}
    assert read_window({"days": "wed"}).daily[0].weekdays == {2}
    assert read_window({}).daily == read_window({"days": "mon-sun"}).daily


@pytest.mark.parametrize(
    ("days", "moment", "is_open"),
    [
        ("mon-sun", "2026-11-30T21:59:59", False),
        ("mon-sun", "2026-11-30T22:00", True),
        ("mon-sun", "2026-12-01T01:59:59", True),
        ("mon-sun", "2026-12-01T02:00", False),
        ("mon", "2026-12-01T01:59", True),
        ("mon", "2026-11-30T01:59", False),
    ],
)
def test_a_window_over_midnight_ends_at_its_end_and_belongs_to_the_day_it_begins_on(days, moment, is_open):
    """2026-11-30 is a Monday."""
    (hours,) = read_window({"days": days, "start": "22:00", "end": "02:00"}).daily
    assert hours.holds(datetime.fromisoformat(moment)) is is_open


def test_a_zone_of_the_customers_own():
    assert read_zone("tz", " Europe/Rome ") == "Europe/Rome"
    for nothing in (None, "", " "):
        assert read_zone("tz", nothing) is None


@pytest.mark.parametrize(
    "zone", ["Rome", "+02:00", "CET+1", "../etc/passwd", "+12025550117", 7, True, ["UTC"]]
)
def test_what_is_no_zone_costs_nothing_but_is_refused(zone):
    with pytest.raises(InvalidInput, match=r"^tz: .* is not a time zone") as caught:
        read_zone("tz", zone)
    assert "5550117" not in str(caught.value)


def test_the_error_shows_what_was_given():
    with pytest.raises(InvalidInput, match=r"^tz: ' Rome ' is not a time zone; write an IANA name"):
        read_zone("tz", " Rome ")


def test_a_zone_that_no_window_asks_for():
    with pytest.raises(InvalidInput, match="there is none"):
        check_own_zones("tz", None)
    with pytest.raises(InvalidInput, match="already names a time zone, Europe/Rome"):
        check_own_zones("tz", read_window([{"timezone": "Europe/Rome"}]))


def test_every_rule_on_the_page_is_a_window():
    rules = (ROOT / "docs" / "contact-hours.md").read_text().split("## Rules as windows")[1]
    windows = re.findall(r"^\| [^|]+ \| `([\[{].*?)`", rules, re.MULTILINE)
    assert len(windows) >= 10
    for window in windows:
        assert read_window(ast.literal_eval(window)).timezone == "recipient"


def test_holidays_without_their_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)  # as Python notes that there is none
    with pytest.raises(InvalidInput, match=r": pip install 'airflow-provider-flexout\[holidays\]'$"):
        read_window({"holidays": "IT"})
    read_window({"days": "mon-fri"})
