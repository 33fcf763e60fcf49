"""For how long somebody else's lease still runs, read from Twilio's whole seconds."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.interaction.reconciliation import _rest_of_lease
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.twilio.api.conversations import Conversation
from airflow_provider_flexout.twilio.http.resource import ResponseInfo

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)


def conversation(plan, age: float, *, holder: str = "other", dated: bool = True) -> Conversation:
    attributes = new_record(plan(), holder, timing.LEASE_TTL).write_into({})
    made = Conversation.model_validate(
        {"sid": "CH1", "date_updated": NOW - timedelta(seconds=age), "attributes": json.dumps(attributes)}
    )
    made.attach(ResponseInfo(date=format_datetime(NOW, usegmt=True) if dated else None))
    return made


@pytest.mark.parametrize(
    ("age", "rest"),
    [
        (0, timing.LEASE_TTL),
        (1, timing.LEASE_TTL),  # it may have been written at the end of that second, and read at its start
        (5, timing.LEASE_TTL - 4),
        (timing.LEASE_TTL, 1.0),
        (timing.LEASE_TTL + 1, 0.0),
        (3600, 0.0),
        (-5, timing.LEASE_TTL),
    ],
)
def test_a_lease_is_taken_to_be_a_second_younger_than_its_date_says(plan, age, rest):
    assert _rest_of_lease(conversation(plan, age), "mine") == rest


def test_where_twilio_does_not_say_the_time_it_runs_for_all_of_its_time(plan):
    assert _rest_of_lease(conversation(plan, 3600, dated=False), "mine") == timing.LEASE_TTL


def test_our_own_lease_is_nobody_elses(plan):
    assert _rest_of_lease(conversation(plan, 0, holder="mine"), "mine") == 0.0
