"""Replies in the asset events that started a run: each once, of customers alone, in conversations of ours."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace

import pytest

from airflow_provider_flexout.events import read_event
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.inbox.poller import InboundMessage
from airflow_provider_flexout.triggers.asset_events import replies_of
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    create_participant,
    delete_conversation,
)
from airflow_provider_flexout.twilio.api.messages import fetch_message
from tests.sandbox_process import client_of

ADA, BEN = "+12025550101", "+12025550102"


@pytest.fixture
def opened(run):
    """Open a conversation with somebody, for a DAG; give its SID."""

    def open_one(to, dag_id="orders", **arguments):
        operator = CreateInteractionOperator(task_id="open", channel="sms", to=to, **arguments)
        return run(operator, dag_id=dag_id).xcoms["conversation_sid"]

    return open_one


def webhook(view):
    """The form that Twilio sends of a message."""
    with FlexHook().get_conn() as client:
        message = client.send(fetch_message(view.conversation_sid, view.sid))
    return {
        "EventType": "onMessageAdded",
        "ConversationSid": message.conversation_sid,
        "MessageSid": message.sid,
        "ParticipantSid": message.participant_sid or "",
        "Author": message.author,
        "Index": str(message.index),
        "Body": message.body,
        "DateCreated": message.date_created.isoformat(),
    }


def pushed(*messages):
    """Asset events, as the watcher of a queue makes them of what the relay put on it."""
    return [event_of(one.payload()) for view in messages for one in read_event(webhook(view))]


def event_of(payload):
    return SimpleNamespace(extra={"from_trigger": True, "payload": json.loads(json.dumps(payload))})


def redis(payload):
    return {"type": "message", "pattern": None, "channel": "flexout-events", "data": json.dumps(payload)}


def polled(view, dag_id="orders"):
    """The payload of FlexReplyTrigger."""
    form = webhook(view)
    source = {"dag_id": dag_id, "run_id": "manual__2026-11-22", "task_id": "open", "map_index": -1}
    message = (view.sid, view.conversation_sid, view.index, form["ParticipantSid"], form["DateCreated"])
    return InboundMessage(*message, source).as_dict()


def says(served, number, text, sid):
    served.customer(number).says(text, in_conversation=sid)
    return [one for one in served.messages if one.conversation_sid == sid][-1]


def test_a_pushed_reply_is_told_as_the_trigger_that_polls_tells_it(served, opened):
    reply = says(served, ADA, "Yes, I am Ada", opened(ADA))
    (found,) = replies_of({"flexout://replies/all": pushed(reply)})
    assert found == polled(reply)
    assert not any(part in json.dumps(found) for part in ("Ada", ADA))


def test_each_reply_is_told_once_however_often_and_by_whomever_it_came(served, opened):
    sid = opened(ADA)
    one, two = says(served, ADA, "one", sid), says(served, ADA, "two", sid)
    events = [
        *pushed(two, one, two),
        event_of(redis(polled(one))),
        event_of(
            {"status": "success", "message_batch": [{"MessageId": "1", "Body": json.dumps(webhook(one))}]}
        ),
    ]
    found = replies_of({"flexout://replies/a": events, "flexout://replies/b": [event_of(polled(two))]})
    assert [reply["message_sid"] for reply in found] == [one.sid, two.sid]
    assert found == [polled(one), polled(two)]


def stream(served, *kinds):
    """Let Event Streams tell of some types of events; give what they have told, as Airflow gets it."""
    extra = {"arn": "arn:aws:kinesis:eu-central-1:1:stream/x", "role_arn": "arn:x", "external_id": "x"}
    with client_of(served.connection()) as client:
        form = {"Description": "x", "SinkType": "kinesis", "SinkConfiguration": json.dumps(extra)}
        sink = client.post("/v1/Sinks", data=form).raise_for_status().json()["sid"]
        types = [json.dumps({"type": kind}) for kind in kinds]
        form = {"Description": "x", "SinkSid": sink, "Types": types}
        client.post("/v1/Subscriptions", data=form).raise_for_status()

    def told():
        bodies = [one.body for one in served.callbacks if one.body]
        records = [{"SequenceNumber": "1", "Data": base64.b64encode(one.encode()).decode()} for one in bodies]
        return [event_of({"status": "success", "message_batch": records})]

    return told


def test_replies_that_event_streams_wrote_into_kinesis(served, opened):
    told = stream(
        served, "com.twilio.conversations.message.added", "com.twilio.taskrouter.reservation.accepted"
    )
    served.agent().accepts(after=0).says("I am here", after="1s")
    sid = opened(ADA)
    served.clock.advance("1m")
    reply = says(served, ADA, "Yes, I am Ada", sid)
    kinds = [one.kind for one in read_event(told()[0].extra["payload"])]
    assert kinds == ["task", "message", "reply"]
    assert replies_of({"flexout://replies/all": told()}) == [polled(reply)]


def test_replies_that_conversations_webhooks_told_of(served, opened):
    with client_of(served.connection()) as client:
        form = {"PostWebhookUrl": "http://localhost:9/", "Filters": ["onMessageAdded", "onDeliveryUpdated"]}
        client.post("/v1/Configuration/Webhooks", data=form).raise_for_status()
    reply = says(served, ADA, "Yes, I am Ada", opened(ADA))
    events = [event_of(dict(one.params)) for one in served.callbacks]
    assert replies_of({"flexout://replies/all": events}) == [polled(reply)]


def test_only_a_customer_in_a_conversation_of_ours_replies(served, opened, run):
    served.agent().accepts(after=0).says("I am here", after=0)
    sid = opened(ADA)
    run(SendConversationMessageOperator(task_id="say", conversation_sid=sid, body="Hello"))
    served.clock.advance("1m")
    with FlexHook().get_conn() as client:  # a conversation of somebody else's program
        other = client.send(create_conversation()).sid
        sender = served.connection()["extra"]["sms_from"]
        client.send(create_participant(other, address=BEN, proxy_address=sender))
    says(served, BEN, "Is anybody there?", other)
    reply = says(served, ADA, "Yes", sid)
    assert {one.role for one in served.messages} == {"agent", "customer", "system"}
    found = replies_of({"flexout://replies/all": pushed(*served.messages)})
    assert [one["message_sid"] for one in found] == [reply.sid]


def test_a_chats_customer_is_told_from_its_agent(served, run):
    served.agent().accepts(after=0).says("I am here", after=0)
    operator = CreateInteractionOperator(task_id="open", channel="chat", to="guest_42", initiated_by="api")
    sid = run(operator).xcoms["conversation_sid"]
    served.clock.advance("1m")
    reply = says(served, "guest_42", "Yes", sid)
    assert [one.role for one in served.messages] == ["agent", "customer"]
    found = replies_of({"flexout://replies/all": pushed(*served.messages)})
    assert [one["message_sid"] for one in found] == [reply.sid]


def test_a_conversation_that_is_gone_has_no_reply(served, opened):
    reply = says(served, ADA, "Yes", opened(ADA))
    events = pushed(reply)
    with FlexHook().get_conn() as client:
        client.send(delete_conversation(reply.conversation_sid))
    assert replies_of({"flexout://replies/all": events}) == []


def test_the_dag_and_task_that_opened_the_conversation(served, opened):
    of_orders = says(served, ADA, "about the order", opened(ADA, "orders"))
    of_bills = says(served, BEN, "about the bill", opened(BEN, "bills"))
    events = {"flexout://replies/all": pushed(of_orders, of_bills)}
    assert [one["message_sid"] for one in replies_of(events, dag_id="bills")] == [of_bills.sid]
    assert len(replies_of(events, task_id="open")) == 2
    assert replies_of(events, task_id="other") == []


def test_what_cannot_be_read_is_logged_without_its_text_and_hides_nothing(served, opened, caplog):
    reply = says(served, ADA, "Yes", opened(ADA))
    events = [event_of({"text": "I am Ada"}), *pushed(reply), SimpleNamespace(extra=None)]
    assert len(replies_of({"flexout://replies/all": events})) == 1
    assert caplog.text.count("Passed over an event of flexout://replies/all: event: got") == 2
    assert "Ada" not in caplog.text
    batched = event_of({"message_batch": [{"text": "I am Ada"}, pushed(reply)[0].extra["payload"]]})
    assert len(replies_of({"flexout://replies/all": [batched]})) == 1
    with pytest.raises(InvalidInput, match="expected a webhook's form"):
        replies_of({"flexout://replies/all": [event_of("?")]})


def test_events_about_other_things_are_no_replies_and_cost_no_request(served, use_connection):
    task = {"v": 1, "kind": "task", "task_sid": "WT" + 32 * "0"}
    ours = {"v": 1, "kind": "message", "message_sid": "IM" + 32 * "0", "conversation_sid": "CH" + 32 * "0"}
    assert replies_of({"flexout://replies/all": [event_of(task), event_of(ours)]}) == []
    assert replies_of({}) == []
    assert list(served.requests) == []


def test_a_reply_costs_two_requests_and_one_that_was_polled_for_none(served, opened):
    sid = opened(ADA)
    one, two = says(served, ADA, "one", sid), says(served, ADA, "two", sid)
    events, before = pushed(one, two), len(served.requests)
    assert len(replies_of({"flexout://replies/all": events})) == 2
    assert [one.operation for one in list(served.requests)[before:]] == [
        "FetchConversation",
        "ListConversationParticipant",
    ]
    both = [event_of(polled(one)), *events[:1]]
    before = len(served.requests)
    assert len(replies_of({"flexout://replies/all": both})) == 1
    assert len(served.requests) == before
