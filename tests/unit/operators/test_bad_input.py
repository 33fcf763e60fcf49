"""Bad input: refused before anything is sent, by a sentence that names the argument."""

from __future__ import annotations

import json
import re

import pytest

from airflow_provider_flexout.operators.agents import (
    InviteAgentOperator,
    TransferInteractionOperator,
    UpdateTaskAttributesOperator,
)
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CloseInteractionOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.triggers.poll import PollTrigger
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.operators.test_interaction import CUSTOMER, create, send
from tests.unit.triggerer import fire

SID = {prefix: prefix + "0" * 32 for prefix in ("CH", "KD", "WQ", "WT")}
SENDER = "+12025550199"


def whole(kind, address, proxy_address):
    participant = {"address": address, "proxy_address": proxy_address, "type": kind}
    return {"type": kind, "initiated_by": "agent", "participants": [participant]}


REFUSED = {
    "a whole channel of WhatsApp with a sender of SMS": (
        lambda: create(channel=whole("whatsapp", f"whatsapp:{CUSTOMER}", SENDER), to=None),
        r"channel: '\+1•••••0199' is not a WhatsApp address",
    ),
    "a whole channel to its own sender": (
        lambda: create(channel=whole("sms", SENDER, SENDER), to=None),
        "channel: the customer's address and the sender are the same",
    ),
    "no channel": (lambda: create(channel=None), "channel: missing; choose one of sms"),
    "channels": (lambda: create(channel=["sms"]), r"channel: got a list; .* is not a channel"),
    "attributes that are a list": (
        lambda: create(attributes=["order"]),
        "attributes: must be an object, as in {'order': 4711}, got list",
    ),
    "routing that is a text": (
        lambda: create(routing="{'queue': 'Support'}"),
        "routing: must be Twilio's Routing object or its properties, .* got str",
    ),
    "missing XCom of a customer": (
        lambda: create(channel="chat", to="None", validate=False),
        "to: missing; did the task that it comes from run and push its XCom",
    ),
    "key of a wrong type": (
        lambda: create(idempotency_key=["17"]),
        "idempotency_key: got a ",
    ),
    "missing XCom of a text": (lambda: send(SID["CH"], body="{{ none }}"), "body: missing; pass a body"),
    "blank body": (lambda: send(SID["CH"], body=" \n"), "body: holds only white space"),
    "body that is no text": (lambda: send(SID["CH"], body=True), "body: got a bool; a text is needed"),
    "not E.164": (
        lambda: create(to="202-555-0117"),
        r"to: '20•••' is not .* Did you mean \+1•••••0117\?",
    ),
    "no such number": (lambda: create(to="+1202555"), r"to: '\+1•••' is not a phone number in E.164"),
    "to equal to from_": (
        lambda: create(from_=CUSTOMER),
        "to: the customer's address and the sender are the same",
    ),
    "sms to whatsapp": (
        lambda: create(to=f"whatsapp:{CUSTOMER}"),
        'to: this is a WhatsApp address; pass channel="whatsapp"',
    ),
    "whatsapp without a number": (
        lambda: create(channel="whatsapp", to="ada"),
        "to: 'ad•••' is not a WhatsApp address",
    ),
    "no customer": (lambda: create(to=None), "to: missing"),
    "no such channel": (
        lambda: create(channel="pigeon"),
        "channel: 'pigeon' is not a channel; choose one of sms",
    ),
    "not a mail address": (lambda: create(channel="email"), "to: .* is not a mail address"),
    "not an identity": (lambda: create(channel="chat"), "to: .* is not a chat identity"),
    "not a Messenger id": (lambda: create(channel="messenger"), "to: .* is not a Messenger address"),
    "cc on sms": (lambda: create(cc="ada@example.com"), "cc: not supported on sms"),
    "a sender on chat": (
        lambda: create(channel="chat", to="guest_42", from_="x"),
        "from_: not supported on chat",
    ),
    "cc of the customer": (
        lambda: create(channel="email", to="ada@example.com", cc=["Ada <ADA@example.com>"]),
        "cc: A•••@example.com is named more than once",
    ),
    "two customers": (lambda: create(channel="email", to="a@example.com, b@example.com"), "to: 2 addresses"),
    "email by conversation": (
        lambda: create(channel="email", to="ada@example.com", strategy="conversation_first"),
        "strategy: conversation_first is not possible on email",
    ),
    "no such initiator": (
        lambda: create(initiated_by="me"),
        "initiated_by: 'me' is not one of agent, api, customer",
    ),
    "customer without conversation": (lambda: create(initiated_by="customer"), "media_channel_sid: missing"),
    "wrong SID": (
        lambda: create(routing={"queue_sid": SID["WT"]}),
        r"routing.queue_sid: expected the SID of a task queue \(WQ and 32 hex digits\), got the SID of a t",
    ),
    "no SID": (
        lambda: create(routing={"worker_sid": "Ada"}),
        "routing.worker_sid: expected the SID of a worker .*, got 'Ada'",
    ),
    "attributes too long": (
        lambda: create(attributes={"a": "x" * 4096}),
        r"attributes: \d+ characters as JSON, .* a task holds at most 4096",
    ),
    "attributes that are no JSON": (
        lambda: create(attributes={"a": {1}}),
        "attributes: cannot be written as JSON",
    ),
    "no such strategy": (lambda: create(strategy="twice"), "strategy: 'twice' is not one of"),
    "no such mode": (
        lambda: create(on_open_conversation="hang up"),
        "on_open_conversation: .* is not one of fail, join, skip",
    ),
    "empty key": (lambda: create(idempotency_key=" "), "idempotency_key: empty"),
    "long key": (lambda: create(idempotency_key="x" * 257), "idempotency_key: 257 characters; at most 256"),
    "channel object beside to": (
        lambda: create(channel={"type": "sms"}),
        "to: cannot be combined with a whole Channel",
    ),
    "no participants": (
        lambda: create(channel={"type": "sms", "initiated_by": "agent"}, to=None),
        "channel: an agent-initiated interaction needs participants",
    ),
    "neither body nor template": (
        lambda: send(SID["CH"], body=None),
        "body: missing; pass a body, a content_sid or a media_sid",
    ),
    "body and template": (
        lambda: send(SID["CH"], content_sid="HX" + "0" * 32),
        "body: cannot be combined with content_sid",
    ),
    "variables without a template": (
        lambda: send(SID["CH"], content_variables={"1": "Ada"}),
        "content_variables: belong to a template",
    ),
    "long body": (
        lambda: send(SID["CH"], body="x" * 1601),
        "body: 1601 characters; a message holds at most 1600",
    ),
    "long subject": (lambda: send(SID["CH"], subject="x" * 257), "subject: 257 characters"),
    "message attributes too long": (
        lambda: send(SID["CH"], attributes={"a": "x" * 4096}),
        "attributes: .* a message holds at most 4096",
    ),
    "missing XCom": (lambda: send(None), "conversation_sid: missing; did the task that it comes from run"),
    "missing XCom in a template": (lambda: send("None"), "conversation_sid: missing; did the task"),
    "interaction in place of a conversation": (
        lambda: send(SID["KD"]),
        "conversation_sid: expected the SID of a conversation",
    ),
    "close what": (
        lambda: CloseInteractionOperator(task_id="c", interaction_sid=None),
        "interaction_sid: missing; did the task",
    ),
    "close how": (
        lambda: CloseInteractionOperator(task_id="c", interaction_sid=SID["KD"], task_status="gone"),
        "task_status: 'gone' is not one of wrapping, completed",
    ),
    "close a conversation": (
        lambda: CloseInteractionOperator(task_id="c", interaction_sid=SID["CH"]),
        "interaction_sid: expected the SID of an interaction",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_before_anything_is_sent(run, served, name):
    make, sentence = REFUSED[name]
    with pytest.raises(AirflowFailException) as caught:
        run(make())
    assert re.search(sentence, str(caught.value)), str(caught.value)
    assert len(served.requests) == 0


@pytest.mark.parametrize("missing", ["workspace_sid", "queue_sid", "worker_sid", "sms_from"])
def test_what_neither_operator_nor_connection_says(run, served, use_connection, missing):
    use_connection(**{missing: None})
    argument = "from_" if missing == "sms_from" else f"routing.{missing}"
    with pytest.raises(AirflowFailException) as caught:
        run(create())
    assert str(caught.value) == (
        f"{argument}: missing. Pass it to the operator, or set '{missing}' in the extra of the connection "
        "'flexout_default'."
    )
    assert len(served.requests) == 0


@pytest.mark.parametrize(
    "connection",
    [
        {"login": "AC" + "0" * 32, "password": None},
        {"login": None, "password": "s3cret"},
        {"login": "PK" + "0" * 32, "password": "s3cret"},
        {"extra": {"base_url": "localhost:8765"}},
        {"extra": {"timeout": "soon"}},
        {"extra": {"proxy": "user:s3cret@proxy:3128"}},
    ],
    ids=str,
)
def test_a_wrong_connection_says_which_field(run, served, monkeypatch, connection):
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(served.connection() | connection))
    with pytest.raises(AirflowFailException, match="connection 'flexout_default': ") as caught:
        run(create())
    assert "s3cret" not in str(caught.value)


EVERY_OPERATOR = {
    "create": create,
    "close": lambda: CloseInteractionOperator(task_id="close", interaction_sid=SID["KD"]),
    "send": lambda: send(SID["CH"]),
    "invite": lambda: InviteAgentOperator(
        task_id="invite", interaction_sid=SID["KD"], routing={"queue": "Support"}
    ),
    "transfer": lambda: TransferInteractionOperator(
        task_id="transfer", interaction_sid=SID["KD"], routing={"queue": "Support"}
    ),
    "update": lambda: UpdateTaskAttributesOperator(task_id="update", task_sid=SID["WT"], attributes={"a": 1}),
    "follow up": lambda: FollowUpOperator(
        task_id="follow_up", conversation_sid=SID["CH"], steps=[{"after": "1h", "body": "Hello?"}]
    ),
    "bulk": lambda: BulkOutreachOperator(
        task_id="bulk", contacts=[{"id": "1", "to": CUSTOMER}], message="Hello.", channel="sms"
    ),
    "sensor": lambda: ConversationReplySensor(task_id="reply", conversation_sid=SID["CH"]),
    "deferrable sensor": lambda: ConversationReplySensor(
        task_id="reply", conversation_sid=SID["CH"], deferrable=True
    ),
}


@pytest.mark.parametrize("name", EVERY_OPERATOR)
def test_a_misspelt_field_of_the_connection_fails_every_operator_at_once(run, served, monkeypatch, name):
    """Without its ``base_url`` a rehearsal would go to Twilio, and its customers."""
    connection = served.connection()
    connection["extra"]["baseurl"] = connection["extra"].pop("base_url")
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(connection))
    with pytest.raises(AirflowFailException) as caught:
        run(EVERY_OPERATOR[name]())
    assert str(caught.value) == (
        "connection 'flexout_default': extra has an unknown field 'baseurl'; did you mean 'base_url'?"
    )
    assert len(served.requests) == 0


def test_a_misspelt_field_ends_a_wait_in_the_triggerer_for_good(served, monkeypatch):
    connection = served.connection()
    connection["extra"]["baseurl"] = connection["extra"].pop("base_url")
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(connection))
    waiter = {"kind": "reply", "conversation_sid": SID["CH"], "after": -1, "asked_at": None}
    event = fire(PollTrigger(waiter=waiter, flexout_conn_id="flexout_default", started_at=0.0, deadline=None))
    assert "did you mean 'base_url'?" in event["error"]
    assert event["permanent"] is True
