"""How long until what was sent under somebody's lease shows, read from Twilio's whole seconds."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.interaction.reconciliation import _wait_for_others
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.twilio.api.conversations import Conversation
from airflow_provider_flexout.twilio.http.resource import ResponseInfo

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)


def conversation(plan, age: float, *, ttl: float = timing.LEASE_TTL, dated: bool = True) -> Conversation:
    attributes = new_record(plan(), "other", ttl).write_into({})
    made = Conversation.model_validate(
        {"sid": "CH1", "date_updated": NOW - timedelta(seconds=age), "attributes": json.dumps(attributes)}
    )
    made.attach(ResponseInfo(date=format_datetime(NOW, usegmt=True) if dated else None))
    return made


ALL = timing.LEASE_TTL + timing.VISIBILITY_DELAY


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (0, ALL),
        (1, ALL),  # it may have been written at the end of that second, and read at its start
        (5, ALL - 4),
        (ALL, 1.0),
        (ALL + 1, 0.0),
        (3600, 0.0),
        (-5, ALL),
    ],
)
def test_a_lease_is_taken_to_be_a_second_younger_than_its_date_says(plan, age, wait):
    assert _wait_for_others(conversation(plan, age)) == wait


def test_where_twilio_does_not_say_the_time_it_runs_for_all_of_its_time(plan):
    assert _wait_for_others(conversation(plan, 3600, dated=False)) == ALL


def test_what_was_sent_under_a_lease_that_was_given_back_shows_after_the_delay(plan):
    assert _wait_for_others(conversation(plan, 1, ttl=0.0)) == timing.VISIBILITY_DELAY


def test_where_nothing_was_sent_under_it_there_is_nothing_to_wait_for(plan):
    assert _wait_for_others(conversation(plan, 0, ttl=-timing.VISIBILITY_DELAY)) == 0.0


def test_a_conversation_without_a_record_may_have_lost_that_of_an_attempt_at_work(plan):
    bare = conversation(plan, 1).model_copy(update={"attributes": "{}"})
    assert _wait_for_others(bare) == ALL + timing.LEASE_CONFIRMATION
