from __future__ import annotations

import json
import re

import pytest

from airflow_provider_flexout.operators.interaction import (
    CloseInteractionOperator,
    CreateInteractionOperator,
)
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException

CUSTOMER = "+12025550117"


def create(**arguments):
    return CreateInteractionOperator(**{"task_id": "create", "channel": "sms", "to": CUSTOMER} | arguments)


def send(conversation_sid, **arguments):
    return SendConversationMessageOperator(
        **{"task_id": "send", "conversation_sid": conversation_sid, "body": "Hello"} | arguments
    )


@pytest.mark.parametrize("auth", ["basic", "api_key", "oauth"])
def test_a_conversation_from_its_beginning_to_its_end(run, served, use_connection, auth):
    use_connection(auth)
    served.agent().accepts(after=0)
    opened = run(create(customer_name="Ada", attributes={"order": 4711})).xcoms["return_value"]
    said = run(send(opened["conversation_sid"])).xcoms["return_value"]
    run(
        CloseInteractionOperator(
            task_id="close", interaction_sid=opened["interaction_sid"], task_status="completed"
        )
    )
    (conversation,), (task,) = served.conversations, served.tasks
    assert conversation.sid == opened["conversation_sid"] == said["conversation_sid"]
    assert conversation.state == "closed"
    assert [message.body for message in conversation.transcript] == ["Hello"]
    assert said["message_sid"] == conversation.transcript[0].sid
    assert task.status == "completed"
    assert task.attributes["order"] == 4711


def test_every_sid_is_an_xcom_of_its_own(run):
    xcoms = run(create()).xcoms
    returned = xcoms["return_value"]
    assert set(returned) == {
        "interaction_sid",
        "channel_sid",
        "conversation_sid",
        "task_sid",
        "invite_sid",
        "channel_type",
        "created",
    }
    assert returned.items() <= xcoms.items()
    said = run(send(returned["conversation_sid"])).xcoms
    assert set(said["return_value"]) == {"message_sid", "conversation_sid", "index", "created"}
    assert said["return_value"].items() <= said.items()


def test_xcoms_hold_no_address_name_or_body(run):
    opened = run(create(customer_name="Ada Lovelace"))
    said = run(send(opened.xcoms["conversation_sid"], body="A secret"))
    shown = json.dumps([opened.xcoms, said.xcoms])
    for private in ("2025550117", "Ada", "secret"):
        assert private not in shown


def test_links_are_pushed_with_the_sids(run, served):
    xcoms = run(create()).xcoms
    assert xcoms["_link_conversation"].endswith(xcoms["conversation_sid"])
    assert xcoms["_link_flex_task"].endswith(xcoms["task_sid"])
    assert xcoms["_link_conversation"].startswith(served.base_url)


def test_a_retry_finds_the_first_try(run, served):
    first, second = run(create()), run(create(), try_number=2)
    assert first.xcoms["return_value"] | {"created": False} == second.xcoms["return_value"]
    said, again = (
        run(send(first.xcoms["conversation_sid"]), try_number=number).xcoms["return_value"]
        for number in (1, 2)
    )
    assert said | {"created": False} == again
    assert len(served.conversations) == len(served.messages) == 1


def test_mapped_instances_are_outreaches_of_their_own(run, served):
    for index in range(3):
        run(create(to=f"+1202555011{index}"), map_index=index)
    assert len(served.conversations) == 3


def test_an_idempotency_key_widens_the_outreach_to_all_runs(run, served):
    key = "{{ ds }}-{{ params.customer }}"
    first = run(create(idempotency_key=key))
    second = run(create(idempotency_key=key), dag_id="another", run_id="scheduled__x")
    assert second.xcoms["conversation_sid"] == first.xcoms["conversation_sid"]
    assert len(served.conversations) == 1


def test_a_message_and_an_interaction_may_share_the_users_key(run, served):
    opened = run(create(idempotency_key="k")).xcoms
    assert run(send(opened["conversation_sid"], idempotency_key="k")).xcoms["created"]


@pytest.mark.parametrize("mode", ["fail", "join", "skip"])
def test_a_customer_who_is_talking_to_us(run, served, mode):
    first = run(create())
    again, xcoms = create(idempotency_key="another", on_open_conversation=mode), {}
    if mode == "join":
        assert run(again).xcoms["conversation_sid"] == first.xcoms["conversation_sid"]
    else:
        error = AirflowSkipException if mode == "skip" else AirflowFailException
        with pytest.raises(error, match=first.xcoms["conversation_sid"]):
            run(again, xcoms=xcoms)
    assert xcoms == ({"skip_reason": "already_talking"} if mode == "skip" else {})
    assert len(served.conversations) == 1


@pytest.mark.parametrize("task_status", ["wrapping", "completed"])
@pytest.mark.parametrize("close_twice", ["refuse", "accept"])
def test_closing_what_is_closed_is_success(run, served, task_status, close_twice):
    served.settings.close_twice = close_twice
    served.agent().accepts(after=0)
    opened = run(create()).xcoms
    for _ in range(2):
        run(
            CloseInteractionOperator(
                task_id="close",
                interaction_sid=opened["interaction_sid"],
                channel_sid=opened["channel_sid"],
                task_status=task_status,
            )
        )
    assert served.tasks[0].status == task_status


def test_what_twilio_refuses_fails_at_once_with_its_code_and_what_to_do(run, served):
    refused = create(routing={"workflow_sid": "WW" + "9" * 32})
    with pytest.raises(AirflowFailException, match=r"HTTP 400, code 45366.*compare it with the Interactions"):
        run(refused)


def test_a_conversation_that_is_not_there(run, served):
    with pytest.raises(AirflowFailException, match="There is no conversation CH0"):
        run(send("CH" + "0" * 32))


def test_an_outage_is_left_to_airflows_retries(run, served):
    served.faults.fail("CreateConversationMessage", 503, times=None)
    opened = run(create()).xcoms
    operator = send(opened["conversation_sid"])
    served.faults.clear()
    served.faults.rate_limit("ListConversationMessage", retry_after=600)
    with pytest.raises(Exception, match="code 20429") as caught:
        run(operator)
    assert not isinstance(caught.value, AirflowFailException)


SID = {prefix: prefix + "0" * 32 for prefix in ("CH", "KD", "WQ", "WT")}
REFUSED = {
    "not E.164": (
        lambda: create(to="202-555-0117"),
        r"to: '202-555-0117' is not .* Did you mean \+12025550117\?",
    ),
    "no such number": (lambda: create(to="+1202555"), r"to: '\+1202555' is not a phone number in E.164"),
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
        "to: 'ada' is not a WhatsApp address",
    ),
    "no customer": (lambda: create(to=None), "to: missing"),
    "no such channel": (
        lambda: create(channel="pigeon"),
        "channel: 'pigeon' is not a channel; choose one of sms",
    ),
    "not a mail address": (lambda: create(channel="email"), "to: .* is not a mail address"),
    "not an identity": (lambda: create(channel="chat"), "to: .* is not a chat identity"),
    "not a Messenger id": (lambda: create(channel="messenger"), "to: .* is not a Messenger address"),
    "cc on sms": (lambda: create(cc="ada@example.com"), "cc: means nothing on sms"),
    "a sender on chat": (lambda: create(channel="chat", to="guest_42", from_="x"), "from_: means nothing"),
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
        "initiated_by: 'me' is none of agent, api, customer",
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
    "no such strategy": (lambda: create(strategy="twice"), "strategy: 'twice' is none of"),
    "no such mode": (
        lambda: create(on_open_conversation="hang up"),
        'on_open_conversation: .* is none of "fail"',
    ),
    "empty key": (lambda: create(idempotency_key=" "), "idempotency_key: empty"),
    "long key": (lambda: create(idempotency_key="x" * 257), "idempotency_key: 257 characters; at most 256"),
    "channel object beside to": (
        lambda: create(channel={"type": "sms"}),
        "to: cannot stand beside a whole Channel",
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
        "body: cannot stand beside content_sid",
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
        "task_status: 'gone' is none of wrapping, completed",
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


def test_the_operator_wins_over_the_connection(run, served):
    sender = "+12025550199"
    run(create(from_=sender, routing={"attributes": {"customerName": "Bob"}}, customer_name="Ada"))
    assert sender in {one.proxy_address for one in served.participants}
    assert served.tasks[0].attributes["customerName"] == "Bob"


def test_api_initiated_leaves_the_agent_to_the_workflow(run, served):
    run(create(initiated_by="api"))
    form = next(one.form for one in served.requests if one.operation == "CreateInteraction")
    assert not {"queue_sid", "worker_sid"} & set(json.loads(form["Routing"])["properties"])


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


def test_logs_hold_no_address_body_or_secret(run, served, caplog):
    with caplog.at_level("DEBUG"):
        opened = run(create(strategy="one_call", customer_name="Ada Lovelace")).xcoms
        run(send(opened["conversation_sid"], body="A private word"))
    assert opened["conversation_sid"] in caplog.text
    for private in ("2025550117", "Lovelace", "private word", served.connection()["password"]):
        assert private not in caplog.text
