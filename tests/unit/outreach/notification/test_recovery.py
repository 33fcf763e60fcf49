"""What a recovery is the end of, by what a person was told."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.notification.notify_once import Notification, notify_once
from airflow_provider_flexout.outreach.notification.recovery import PAGES, notify_recovery_once
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from airflow_provider_flexout.twilio.api.messages import create_message

LOAD = {"dag_id": "orders", "task_id": "load", "map_index": -1}


@pytest.fixture
def tell(client, plan, sandbox):
    def run(kind, *, conversation_sid=None, **source):
        draft = MessageDraft(
            durable.derive_key(kind, str(source)),
            conversation_sid,
            body=kind,
            attributes={durable.EVENT_ATTRIBUTE: kind},
            source=LOAD | source,
        )
        request = plan(key="", last_try=True) if conversation_sid is None else None
        notification, clock = Notification.checked(draft, request), sandbox.clock.time
        if kind != durable.EVENT_RECOVERED:
            return client.run(notify_once(notification, clock=clock))
        recipient = request.fingerprint if request else conversation_sid
        return client.run(notify_recovery_once(notification, [recipient], clock=clock))

    return run


def test_nothing_is_sent_where_nothing_was_told(tell, sandbox):
    assert tell("recovered") is None
    assert sandbox.conversations == []


def test_it_is_sent_in_the_conversation_of_the_failure(tell, sandbox):
    failure, recovered = tell("failure"), tell("recovered")
    assert recovered.conversation_sid == failure.conversation_sid
    assert tell("recovered") is None
    assert [one.body for one in sandbox.messages] == ["failure", "recovered"]


def test_a_failure_in_a_conversation_that_was_closed_counts(tell, client):
    failure = tell("failure")
    client.send(update_conversation(failure.conversation_sid, state="closed"))
    assert tell("recovered").created
    assert tell("recovered") is None


def test_a_given_conversation_is_read(tell, elsewhere):
    assert tell("recovered", conversation_sid=elsewhere) is None
    tell("failure", conversation_sid=elsewhere)
    assert tell("recovered", conversation_sid=elsewhere).conversation_sid == elsewhere


def test_a_given_conversation_that_is_gone_tells_of_nothing(tell):
    assert tell("recovered", conversation_sid="CH" + "f" * 32) is None


def test_a_failure_further_back_than_is_read_is_over_for_the_person(tell, client):
    failure = tell("failure")
    for number in range(100 * PAGES):
        client.send(create_message(failure.conversation_sid, body=str(number)))
    assert tell("recovered") is None


def test_attributes_that_somebody_changed_are_passed_over(tell, client):
    failure = tell("failure")
    broken = {durable.EVENT_ATTRIBUTE: "failure", durable.SOURCE_ATTRIBUTE: "orders"}
    client.send(create_message(failure.conversation_sid, body="?", attributes=broken))
    assert tell("recovered").created
