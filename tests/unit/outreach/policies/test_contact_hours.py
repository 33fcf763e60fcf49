"""A contact is held until its window is open, where the customer is."""

from __future__ import annotations

from datetime import datetime

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput, NoContactHours
from airflow_provider_flexout.outreach.policies.contact_hours import ContactHours, zones_of
from airflow_provider_flexout.outreach.policies.contact_window import read_window
from airflow_provider_flexout.outreach.policies.decision import Go, Hold
from airflow_provider_flexout.outreach.policies.recipients import Recipient, Recipients

ROME, NEW_YORK, SYDNEY = "+393331234567", "+12025550117", "+61412345678"
TOKYO, TOLL_FREE, NOWHERE = "+81312345678", "+18005551234", "+883123456789"


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment + "+00:00")


TEXAS = [
    {"days": "mon-sat", "start": "09:00", "end": "21:00"},
    {"days": "sun", "start": "12:00", "end": "21:00"},
]


def hold(window: dict | list, addresses: tuple[str, ...], moment: str, zone: str | None = None) -> Go | Hold:
    recipients = Recipients(tuple(Recipient(one) for one in addresses))
    policy = ContactHours(read_window(window), recipients, zone)
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


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-21T14:59", "2026-11-21T15:00"),  # Saturday, in Chicago's time
        ("2026-11-22T02:59", None),
        ("2026-11-22T03:00", "2026-11-22T18:00"),  # Sunday begins at noon
        ("2026-11-22T17:59", "2026-11-22T18:00"),
        ("2026-11-23T02:59", None),
        ("2026-11-23T03:00", "2026-11-23T15:00"),
        ("2026-10-31T20:00", None),
        ("2026-11-01T03:00", "2026-11-01T18:00"),  # the clocks are set back in between
    ],
)
def test_a_week_in_texas(moment, opens):
    decision = hold(TEXAS, ("+12145550117",), moment)
    assert decision == Go() if opens is None else decision.until == at(opens)


def test_a_zone_that_is_known_wins_over_the_numbers():
    """A number of New York whose owner has moved to Los Angeles, and addresses that tell none."""
    for addresses in ((NEW_YORK,), (NOWHERE,), ("ada@example.com",), (ROME, SYDNEY)):
        assert hold({}, addresses, "2026-11-22T16:59", "America/Los_Angeles").until == at("2026-11-22T17:00")
        assert hold({}, addresses, "2026-11-23T03:59", "America/Los_Angeles") == Go()


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


def test_one_blackout_needs_no_list():
    span = "2026-12-24/2026-12-26"
    for window in ({"blackout": span}, {"blackout": [span]}):
        assert hold(window, (ROME,), "2026-12-24T10:00").until == at("2026-12-27T08:00")


def test_a_window_that_never_opens_fails():
    with pytest.raises(NoContactHours, match="does not open in a year"):
        hold({"timezone": "UTC", "blackout": ["2026-01-01/2028-12-31"]}, (), "2026-11-22T12:00")


@pytest.mark.parametrize(
    ("addresses", "zones"),
    [
        ([NEW_YORK], ("America/New_York",)),
        ([f"whatsapp:{NEW_YORK}", NEW_YORK], ("America/New_York",)),
        ([NEW_YORK, TOKYO], ("America/New_York", "Asia/Tokyo")),
        ([ROME, "guest_42"], None),
        (["messenger:24381250"], None),
        ([], None),
    ],
)
def test_the_zones_of_addresses(addresses, zones):
    assert zones_of(addresses) == zones


def test_a_hold_names_whose_zone_it_is_about():
    two = hold({}, (NOWHERE, "+883123456780"), "2026-11-22T12:00")
    assert "the address of +8•••••6789, +8•••••6780 does not tell a time zone" in two.why
    nobody = hold({}, (), "2026-11-22T12:00")
    assert "the address of nobody does not tell a time zone" in nobody.why


def test_a_hold_says_where_the_window_is_closed():
    assert hold({}, (NEW_YORK,), "2026-11-22T09:00").why == "the contact window is closed (America/New_York)."
    assert hold({}, (ROME,), "2026-11-22T23:00").why.endswith(" time zones).")
    never = hold({"end": "18:00"}, (TOLL_FREE,), "2026-11-22T12:00").why
    assert "never open in all zones of +1•••••1234 at once (" in never


@pytest.mark.parametrize(
    ("holidays", "free"), [("DE-BY", True), ("de-by", True), ("DE", False), ("DE-BE", False)]
)
def test_holidays_of_a_region_are_its_own(holidays, free):
    """Epiphany, a Tuesday: Bavaria is closed, and Berlin is not."""
    decision = hold({"timezone": "Europe/Berlin", "holidays": holidays}, (), "2026-01-06T12:00")
    assert isinstance(decision, Hold) == free


def test_a_country_without_a_calendar_is_refused():
    with pytest.raises(InvalidInput, match=r"^contact_window: holidays: 'XX' is unknown"):
        read_window({"holidays": "XX"})
