"""New messages of customers in all conversations that outreach opened."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.inbox.poller import InboxPoller
from airflow_provider_flexout.twilio.api.conversations import update_conversation

CUSTOMER = "+12025550117"
SOURCE = {"dag_id": "orders", "run_id": "r", "task_id": "open", "map_index": -1}


@pytest.fixture
def poll(client):
    poller = InboxPoller(timedelta(days=30))
    return lambda look_back=timedelta(hours=1): client.run(poller.poll(look_back)).messages


@pytest.fixture
def conversation_sid(attempt):
    return attempt(source=SOURCE).conversation_sid


def test_what_a_customer_wrote(poll, conversation_sid, sandbox):
    assert poll() == []
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=conversation_sid)
    (message,) = poll()
    assert message.message_sid == sandbox.messages[0].sid
    assert (message.conversation_sid, message.source) == (conversation_sid, SOURCE)
    assert "Hi" not in json.dumps(message.as_dict())
    assert CUSTOMER not in json.dumps(message.as_dict())


def test_what_was_written_longer_ago_is_passed_over(poll, conversation_sid, sandbox):
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=conversation_sid)
    sandbox.clock.advance("2h")
    assert poll() == []
    assert len(poll(timedelta(hours=3))) == 1


def test_conversations_of_others_are_passed_over(poll, elsewhere, sandbox):
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=elsewhere)
    assert poll() == []


def test_a_record_of_a_newer_version_tells_its_source_too(poll, conversation_sid, client, sandbox):
    (conversation,) = sandbox.conversations
    record = {**conversation.attributes["flexout"], "v": 2, "claim": "somewhere else"}
    client.send(update_conversation(conversation_sid, attributes={"flexout": record}))
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=conversation_sid)
    assert [one.source for one in poll()] == [SOURCE]


def test_a_conversation_that_is_deleted_meanwhile_is_no_error(poll, conversation_sid, sandbox):
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=conversation_sid)
    sandbox.faults.fail("ListConversationMessage", 404)
    assert poll() == []
    assert len(poll()) == 1
