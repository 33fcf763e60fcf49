"""Which conversations are read, and which of them are outreaches that were asked for."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput, RecordTooNew
from airflow_provider_flexout.outreach.results.selection import Selection
from airflow_provider_flexout.twilio.api.conversations import Conversation

START = datetime(2026, 11, 22, 10, 30, tzinfo=timezone.utc)
END = START + timedelta(hours=1)


def conversation(opened_at=START, **record):
    written = {"v": 1, "key": "fx0", "claim": {"by": "0f", "within": 0}} | record
    return Conversation(sid="CH1", attributes=json.dumps({"flexout": written}), date_created=opened_at)


@pytest.mark.parametrize(
    ("selection", "found", "expected"),
    [
        (Selection(START, END), conversation(), True),
        (Selection(START, END), conversation(END), False),
        (Selection(START, END), conversation(START - timedelta(seconds=1)), False),
        (Selection(START), conversation(END), True),
        (Selection(START, END), conversation(None), True),
        (Selection(conversations=("CH" + "1" * 32,)), conversation(END), True),
        (Selection(START, campaign="spring"), conversation(source={"campaign": "spring"}), True),
        (Selection(START, campaign="spring"), conversation(source={"campaign": "autumn"}), False),
        (Selection(START, campaign="spring"), conversation(), False),
        (Selection(START, dag_id="orders"), conversation(source={"dag_id": "orders"}), True),
        (Selection(START, dag_id="orders"), conversation(source={"dag_id": "returns"}), False),
        (Selection(START), Conversation(sid="CH1", date_created=START), False),
        (Selection(START), Conversation(sid="CH1", attributes="no JSON", date_created=START), False),
        (Selection(START), conversation(claim="broken"), False),
    ],
)
def test_an_outreach_that_was_asked_for(selection, found, expected):
    assert (selection.record_of(found) is not None) is expected


def test_a_record_of_a_newer_version_is_not_passed_over():
    with pytest.raises(RecordTooNew):
        Selection(START).record_of(conversation(v=2))


@pytest.mark.parametrize(
    ("selection", "query"),
    [
        (Selection(START, END), {"StartDate": "2026-11-22T00:00:00Z", "EndDate": "2026-11-23T00:00:00Z"}),
        (Selection(START), {"StartDate": "2026-11-22T00:00:00Z"}),
    ],
)
def test_twilio_is_asked_for_whole_days(selection, query):
    call = selection.first_page()
    assert {name: call.query[name] for name in ("StartDate", "EndDate") if name in call.query} == query


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"start": END, "end": START}, "start"),
        ({"start": START, "end": START}, "start"),
        ({"campaign": ""}, "campaign"),
        ({"dag_id": ["orders"]}, "dag_id"),
        ({"conversations": ("IM" + "0" * 32,)}, "conversations"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, problem):
    with pytest.raises(InvalidInput, match=f"^{problem}: "):
        Selection(**given)
