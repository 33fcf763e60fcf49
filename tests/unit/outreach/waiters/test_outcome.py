"""What came of an interaction, read when it is over, and what TaskRouter's events tell of its task."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.outreach.waiters import read_outcome
from airflow_provider_flexout.outreach.waiters.outcome import Handling, handling_of, seconds_between
from airflow_provider_flexout.twilio.api.conversations import delete_conversation
from airflow_provider_flexout.twilio.api.tasks import TaskEvent

CUSTOMER = "+12025550117"


@pytest.fixture
def outcome(client, sandbox):
    def read(opened):
        workspace_sid = sandbox.connection()["extra"]["workspace_sid"]
        return client.run(read_outcome(workspace_sid, opened.task_sid, opened.conversation_sid))

    return read


@pytest.fixture
def talked(attempt, client, sandbox):
    """An interaction of five minutes, and all that was said in it."""
    sandbox.agent().accepts(after="30s").says("Good morning", after="1m").finishes(
        after="5m", outcome={"result": "sold", "note": f"call {CUSTOMER} or ada@example.com"}, wrap_up="1m"
    )
    sandbox.customer(CUSTOMER).replies("Yes", after="10s").replies("Please do", after="20s")
    opened = attempt()
    client.run(send_once(MessageDraft(derive_key("m"), opened.conversation_sid, body="Hello")))
    return opened


@pytest.mark.parametrize("read_after", ["7m", "20d"], ids=["the task is there", "the task is gone"])
def test_an_outcome(outcome, talked, sandbox, read_after):
    sandbox.clock.advance(read_after)
    found = outcome(talked).as_dict()
    assert found["worker_sid"] == sandbox.connection()["extra"]["worker_sid"]
    assert found["time_to_accept"] == pytest.approx(30, abs=0.1)
    assert found["duration"] == pytest.approx(360, abs=0.1)
    assert (found["inbound_messages"], found["outbound_messages"]) == (2, 2)
    assert found["wrap_up"]["outcome"]["result"] == "sold"
    assert CUSTOMER not in json.dumps(found)
    assert "ada@example.com" not in json.dumps(found)


def test_it_holds_no_more_of_the_attributes_than_the_wrap_up(outcome, talked, sandbox):
    sandbox.clock.advance("7m")
    assert not {"customerName", "customerAddress", "customers"} & outcome(talked).wrap_up.keys()


def test_a_key_that_may_not_read_events(outcome, talked, sandbox):
    sandbox.clock.advance("7m")
    sandbox.faults.fail("ListEvent", 403)
    found = outcome(talked)
    assert found.worker_sid is found.duration is None
    assert found.inbound_messages == 2
    assert found.wrap_up["outcome"]["result"] == "sold"


def test_a_conversation_that_was_deleted(outcome, talked, client, sandbox):
    sandbox.clock.advance("7m")
    client.send(delete_conversation(talked.conversation_sid))
    assert outcome(talked).inbound_messages is None
    assert outcome(talked).duration == pytest.approx(360, abs=0.1)


BEGAN = datetime(2026, 11, 22, tzinfo=timezone.utc)


def event(minute, kind, attributes=None, **data):
    data = {"task_sid": "WT1", "task_attributes": json.dumps(attributes or {})} | data
    at = int(BEGAN.timestamp() * 1000) + minute * 60_000
    return TaskEvent(sid=f"EV{minute}", event_type=kind, event_date_ms=at, event_data=data)


ANA = {"worker_sid": "WK1", "worker_name": "ana"}
BEN = {"worker_sid": "WK2", "worker_name": "ben"}
CREATED, ACCEPTED = event(0, "task.created"), event(2, "reservation.accepted", **ANA)


def test_the_last_agent_counts_in_whatever_order_events_come():
    events = [
        CREATED,
        ACCEPTED,
        event(5, "reservation.accepted", **BEN),
        event(8, "task.wrapup", {"outcome": "sold"}),
        event(
            9, "task.completed", {"outcome": "sold", "conversations": {"initiated_by": "agent", "case": "7"}}
        ),
    ]
    random.Random(7).shuffle(events)  # noqa: S311
    found = handling_of(events)
    assert (found.task_sid, found.worker_sid, found.worker_name) == ("WT1", "WK2", "ben")
    assert found.accepted_at == BEGAN + timedelta(minutes=5)
    assert found.completed_at == found.ended_at == BEGAN + timedelta(minutes=9)
    assert found.noted == {"outcome": "sold", "case": "7"}


@pytest.mark.parametrize("kind", ["task.canceled", "task.deleted", "task.system-deleted"])
def test_what_ends_without_being_completed(kind):
    found = handling_of([CREATED, event(3, kind)])
    assert found.ended_at == BEGAN + timedelta(minutes=3)
    assert found.is_canceled is (kind == "task.canceled")
    assert (found.completed_at is None) is found.is_canceled


def test_what_is_under_way_and_what_is_not_known():
    assert handling_of([CREATED, ACCEPTED]).completed_at is None
    assert handling_of([]) == Handling()


@pytest.mark.parametrize("data", [None, {}, {"task_attributes": "no JSON", "task_sid": 7}])
def test_events_that_lack_what_they_should_have(data):
    found = handling_of([TaskEvent(sid="EV1", event_type="reservation.accepted", event_data=data)])
    assert found == Handling()


def test_seconds_between():
    assert seconds_between(BEGAN, BEGAN + timedelta(minutes=1)) == 60
    assert seconds_between(None, BEGAN) is seconds_between(BEGAN, None) is None
