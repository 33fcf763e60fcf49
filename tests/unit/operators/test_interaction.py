from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.interaction import (
    CloseInteractionOperator,
    CreateInteractionOperator,
)
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.twilio.api.conversations import create_conversation, create_participant
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
    sent = run(send(opened["conversation_sid"])).xcoms["return_value"]
    run(
        CloseInteractionOperator(
            task_id="close", interaction_sid=opened["interaction_sid"], task_status="completed"
        )
    )
    (conversation,), (task,) = served.conversations, served.tasks
    assert conversation.sid == opened["conversation_sid"] == sent["conversation_sid"]
    assert conversation.state == "closed"
    assert [message.body for message in conversation.transcript] == ["Hello"]
    assert sent["message_sid"] == conversation.transcript[0].sid
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
    sent = run(send(returned["conversation_sid"])).xcoms
    assert set(sent["return_value"]) == {"message_sid", "conversation_sid", "index", "created"}
    assert sent["return_value"].items() <= sent.items()


def test_xcoms_hold_no_address_name_or_body(run):
    opened = run(create(customer_name="Ada Lovelace"))
    sent = run(send(opened.xcoms["conversation_sid"], body="A secret"))
    shown = json.dumps([opened.xcoms, sent.xcoms])
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
    sent, again = (
        run(send(first.xcoms["conversation_sid"]), try_number=number).xcoms["return_value"]
        for number in (1, 2)
    )
    assert sent | {"created": False} == again
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
        error = AirflowSkipException if mode == "skip" else AlreadyTalking
        with pytest.raises(error, match=first.xcoms["conversation_sid"]):
            run(again, xcoms=xcoms)
    assert xcoms == ({"skip_reason": "already_talking"} if mode == "skip" else {})
    assert len(served.conversations) == 1


def test_a_retry_reaches_a_customer_whose_conversation_is_over_by_then(run, served):
    """As when an open-say-close DAG is backfilled for one customer."""
    first = run(create()).xcoms
    with pytest.raises(AlreadyTalking):
        run(create(idempotency_key="the next day"))
    run(CloseInteractionOperator(task_id="close", interaction_sid=first["interaction_sid"]))
    assert run(create(idempotency_key="the next day"), try_number=2).xcoms["created"]
    assert len(served.conversations) == 2


def test_joining_a_conversation_that_no_agent_has_says_so(run, served, caplog):
    with FlexHook().get_conn() as client:
        held = client.send(create_conversation(unique_name="somebody_elses"))
        sender = served.connection()["extra"]["sms_from"]
        client.send(create_participant(held.sid, address=CUSTOMER, proxy_address=sender))
    joined = run(create(on_open_conversation="join")).xcoms
    assert (joined["conversation_sid"], joined["task_sid"]) == (held.sid, None)
    assert f"Joined conversation {held.sid}, for which no agent has a task." in caplog.text


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
    with pytest.raises(
        AirflowFailException,
        match=r"HTTP 400, code 45366.*Compare the channel's parameters with the Interactions",
    ):
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


def test_the_operator_wins_over_the_connection(run, served):
    sender = "+12025550199"
    run(create(from_=sender, routing={"attributes": {"customerName": "Bob"}}, customer_name="Ada"))
    assert sender in {one.proxy_address for one in served.participants}
    assert served.tasks[0].attributes["customerName"] == "Bob"


def test_api_initiated_leaves_the_agent_to_the_workflow(run, served):
    run(create(initiated_by="api"))
    form = next(one.form for one in served.requests if one.operation == "CreateInteraction")
    assert not {"queue_sid", "worker_sid"} & set(json.loads(form["Routing"])["properties"])


def test_logs_hold_no_address_body_or_secret(run, served, caplog):
    with caplog.at_level("DEBUG"):
        opened = run(create(strategy="one_call", customer_name="Ada Lovelace")).xcoms
        run(send(opened["conversation_sid"], body="A private word"))
    assert opened["conversation_sid"] in caplog.text
    for private in ("2025550117", "Lovelace", "private word", served.connection()["password"]):
        assert private not in caplog.text
