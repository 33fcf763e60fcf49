"""What follows from what was seen, and how often."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.probe.observations import Observations, described, times
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown, RequestRejected


@pytest.fixture
def seen():
    return Observations()


def finding(seen, setting):
    [found] = [one for one in seen.findings() if one.setting == setting]
    return found


def test_what_was_seen_alike_is_clear(seen):
    for _ in range(3):
        seen.add("close_twice", "accept")
    seen.doubt("close_twice", "once there was no response")
    assert (finding(seen, "close_twice").value, finding(seen, "close_twice").seen) == ("accept", 3)
    assert seen.value("close_twice") == "accept"


def test_what_was_seen_in_two_ways_is_not(seen):
    seen.add("close_twice", "accept")
    for _ in range(2):
        seen.add("close_twice", "refuse")
    found = finding(seen, "close_twice")
    assert (found.value, found.seen) == (None, 3)
    assert found.remark == "it varied: accept once, refuse twice"


def test_what_is_none_of_the_choices_leaves_it_unclear(seen):
    seen.add("list_order", "oldest_first")
    seen.add_other("list_order", "they are not in the order of their dates")
    assert finding(seen, "list_order").value is None
    assert finding(seen, "list_order").remark == "they are not in the order of their dates"


def test_of_several_times_the_longest_counts(seen):
    for seconds in (0.0, 2.04, 1.0):
        seen.measure("name_lag", seconds)
    found = finding(seen, "name_lag")
    assert (found.value, found.seen, found.remark) == (2.0, 3, "0 to 2 s")


def test_what_took_too_long_once_is_not_clear(seen):
    seen.measure("name_lag", 1.0)
    seen.add_other("name_lag", "it took longer than 30 s")
    assert (finding(seen, "name_lag").value, finding(seen, "name_lag").seen) == (None, 1)


def test_what_was_not_seen_has_its_reasons_once_each(seen):
    assert finding(seen, "replay_ahead").remark == "it was not looked at"
    for why in ("no flow", "no flow", "no permission"):
        seen.doubt("replay_ahead", why)
    assert finding(seen, "replay_ahead").remark == "no flow; no permission"


def test_the_rest_is_in_doubt_once_something_has_failed(seen):
    seen.add("close_twice", "accept")
    seen.doubt_rest("FetchTask had HTTP 400")
    assert finding(seen, "close_twice").value == "accept"
    assert finding(seen, "list_order").remark == "FetchTask had HTTP 400"


def test_a_choice_that_there_is_not_is_refused(seen):
    with pytest.raises(ValueError, match="close_twice has no choice maybe"):
        seen.add("close_twice", "maybe")


def test_an_error_is_described_without_what_was_sent():
    rejected = RequestRejected("CreateInteraction", "about +12025550143", status=400, code=45004)
    assert described(rejected) == "CreateInteraction had HTTP 400, code 45004"
    assert described(OutcomeUnknown("CreateInteraction", "timed out")) == "CreateInteraction had no response"


def test_how_often():
    assert [times(count) for count in (1, 2, 3)] == ["once", "twice", "3 times"]
