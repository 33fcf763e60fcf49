"""Which replies have been told of."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow_provider_flexout.outreach.inbox.cursor import Cursor
from airflow_provider_flexout.outreach.inbox.poller import InboundMessage, PollResult

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


def message(n: int, written: datetime) -> InboundMessage:
    return InboundMessage(f"IM{n}", "CH1", n, "MB1", written.isoformat(), None)


def test_what_was_written_before_the_first_poll_is_not_told_of_and_what_came_during_it_is():
    early, late = message(1, NOW), message(2, NOW + MINUTE)
    cursor = Cursor.at_start(PollResult(NOW, [early, late], NOW - MINUTE, 1, 1))
    assert not cursor.is_new("IM1", NOW)
    assert not cursor.is_new("IM3", NOW - MINUTE)
    assert cursor.is_new("IM2", NOW + MINUTE)


def test_what_was_told_of_is_forgotten_only_with_its_age():
    cursor = Cursor(NOW, NOW)
    cursor.tell([message(1, NOW + MINUTE), message(2, NOW + 3 * MINUTE)])
    assert not cursor.is_new("IM1", NOW + MINUTE)
    cursor.forget_before(NOW + 2 * MINUTE)
    assert list(cursor.told) == ["IM2"]
    assert not cursor.is_new("IM1", NOW + MINUTE)
    cursor.forget_before(NOW)
    assert cursor.since == NOW + 2 * MINUTE


def test_what_comes_back_from_its_state_forgets_nothing_that_a_poll_may_still_find():
    cursor = Cursor(NOW, NOW, place="5-0")
    cursor.tell([message(1, NOW + 3 * MINUTE)])
    again = Cursor.from_state(cursor.as_state())
    assert (again.place, again.since) == ("5-0", NOW)
    again.forget_before(NOW + 2 * MINUTE)
    assert not again.is_new("IM1", NOW + 3 * MINUTE)


def test_a_state_without_a_queue_is_as_older_versions_write_it():
    assert set(Cursor(NOW, NOW).as_state()) == {"at", "since", "told"}
