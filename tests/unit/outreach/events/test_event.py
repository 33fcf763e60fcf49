"""An event is written as it is read, and refused where a field is not what it should be."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.events.event import Event, make_event, read_payload
from tests.unit.outreach.events.pushed import CONVERSATION, MESSAGE, PARTICIPANT, REPLY, TASK

SOURCE = {"dag_id": "orders", "run_id": "r", "task_id": "open", "map_index": -1}
OF_THE_TRIGGER = {
    "message_sid": MESSAGE,
    "conversation_sid": CONVERSATION,
    "index": 3,
    "participant_sid": PARTICIPANT,
    "written_at": "2026-11-22T06:00:00+00:00",
    "source": SOURCE,
}


def test_a_payload_is_read_as_what_wrote_it():
    event = read_payload(REPLY)
    assert (event.kind, event.message_sid, event.index) == ("reply", MESSAGE, 3)
    assert event.payload() == json.loads(json.dumps(event.payload())) == REPLY
    assert read_payload(event.payload()) == event


def test_a_payload_of_the_reply_trigger_is_a_reply_with_its_source():
    event = read_payload(OF_THE_TRIGGER)
    assert (event.kind, event.source) == ("reply", SOURCE)
    assert event.payload() == {"v": 1, "kind": "reply", **OF_THE_TRIGGER}
    # The trigger names no participant where Twilio does not.
    assert read_payload(OF_THE_TRIGGER | {"participant_sid": ""}).participant_sid is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"v": 2}, "a newer version .* reads version 1 only"),
        ({"v": None}, "a newer version"),
        ({"kind": "letter"}, "not one of reply, message, receipt, task, channel"),
        ({"message_sid": None}, "a reply has no message_sid"),
        ({"conversation_sid": ""}, "a reply has no conversation_sid"),
        ({"kind": "task"}, "a task has no task_sid"),
        ({"message_sid": "+12025550143"}, "message_sid of a reply is not a SID .IM"),
        ({"participant_sid": 7}, "participant_sid of a reply is not a SID .MB"),
        ({"index": "first"}, "index of a reply is not a whole number"),
        ({"index": True}, "index of a reply is not a whole number"),
        ({"index": 1.5}, "index of a reply is not a whole number"),
        ({"written_at": "yesterday, from 12 Elm Street"}, "time of a reply is not a moment"),
        ({"written_at": "2026-11-22T06:00:00"}, "time of a reply is not a moment"),
        ({"written_at": "0001-01-01T00:00:00+14:00"}, "time of a reply is not a moment"),
        ({"source": "orders"}, "source of a reply is a str"),
    ],
)
def test_what_is_not_what_it_should_be_is_refused_and_not_shown(change, problem):
    with pytest.raises(InvalidInput, match=problem) as refused:
        read_payload(REPLY | change)
    assert "555" not in str(refused.value)
    assert "Elm" not in str(refused.value)


def test_numbers_may_be_texts_and_missing_ones_empty():
    event = make_event("a form", "task", task_sid=TASK, error_code="30008", conversation_sid="", status=None)
    assert event == Event("task", task_sid=TASK, error_code=30008)
    with pytest.raises(InvalidInput, match="status of a form is a int"):
        make_event("a form", "task", task_sid=TASK, status=3)


def test_a_time_is_in_utc():
    at = make_event("a form", "task", task_sid=TASK, time="2026-11-22T07:00:00+01:00").payload()["at"]
    assert at == "2026-11-22T06:00:00+00:00"
