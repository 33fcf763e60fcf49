"""What came of an interaction, read when it is over."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.outreach.waiters import read_outcome
from airflow_provider_flexout.twilio.api.conversations import delete_conversation

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
