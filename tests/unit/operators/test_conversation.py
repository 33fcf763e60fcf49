"""A conversation without an agent: what the task leaves at Twilio and in XCom, and what it refuses."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException

CUSTOMER = "+12025550117"


def create(**arguments):
    return CreateConversationOperator(**{"task_id": "open", "channel": "sms", "to": CUSTOMER} | arguments)


def webhooks(served):
    return [one for rows in served._store.webhooks.scoped.values() for one in rows]


def test_an_agent_gets_a_task_when_the_customer_replies(run, served):
    xcoms = run(create(attributes={"order": 4711}, customer_name="Ada")).xcoms
    run(
        SendConversationMessageOperator(
            task_id="say", conversation_sid=xcoms["conversation_sid"], body="Late."
        )
    )
    assert (served.tasks, served.interactions) == ([], [])
    served.customer(CUSTOMER).says("Where is it?")
    (task,) = served.tasks
    assert task.attributes["conversationSid"] == xcoms["conversation_sid"]
    assert (task.attributes["order"], task.attributes["customerName"]) == (4711, "Ada")


def test_what_it_returns(run, served):
    xcoms = run(create()).xcoms
    assert set(xcoms["return_value"]) == {
        "conversation_sid",
        "participant_sid",
        "webhook_sid",
        "channel_type",
        "created",
    }
    assert xcoms["return_value"].items() <= xcoms.items()
    (webhook,), (participant,) = webhooks(served), served.participants
    assert (xcoms["webhook_sid"], xcoms["participant_sid"]) == (webhook.sid, participant.sid)
    assert (xcoms["channel_type"], xcoms["created"]) == ("sms", True)
    assert xcoms["_link_conversation"].endswith(xcoms["conversation_sid"])
    assert "2025550117" not in json.dumps(xcoms)


def test_a_first_try_takes_three_requests(run, served):
    run(create())
    assert [one.operation for one in served.requests] == [
        "CreateConversation",
        "CreateConversationParticipant",
        "CreateConversationScopedWebhook",
    ]


def test_a_flow_of_ones_own(run, served):
    flow = served.studio_flow("Bot", "bot_first")
    run(create(on_reply={"studio_flow": flow.sid}))
    assert [one.flow_sid for one in webhooks(served)] == [flow.sid]


def test_the_pipeline_registers_nothing(run, served):
    xcoms = run(create(on_reply="pipeline")).xcoms
    assert (webhooks(served), xcoms["webhook_sid"]) == ([], None)


def test_it_closes_by_its_timer(run, served):
    run(create(close_after="3d"))
    served.clock.advance("71h")
    assert [one.state for one in served.conversations] == ["active"]
    served.clock.advance("2h")
    assert [one.state for one in served.conversations] == ["closed"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"on_reply": "nobody"}, "on_reply"),
        ({"on_reply": {"flow": "FW1"}}, "on_reply"),
        ({"on_reply": {"studio_flow": "WW1"}}, "on_reply"),
        ({"close_after": "5m"}, "5 minutes is too short; Twilio takes ten minutes"),
        ({"channel": "email", "to": "ada@example.com"}, "CreateInteractionOperator"),
        ({"channel": {"type": "sms"}}, "channel"),
        ({"attributes": ["order"]}, "attributes"),
        ({"attributes": {"flexout": {}}}, "is reserved for this provider"),
        ({"to": "12025550117x"}, "to"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(run, served, arguments, problem):
    with pytest.raises(AirflowFailException, match=problem):
        run(create(**arguments))
    assert list(served.requests) == []


def test_a_flow_that_does_not_exist_leaves_nothing_behind(run, served):
    with pytest.raises(AirflowFailException, match="50367"):
        run(create(on_reply={"studio_flow": "FW" + "0" * 32}))
    assert served.conversations == []


def test_without_anybody_who_hears_the_reply_it_is_refused(run, served, monkeypatch):
    connection = served.connection()
    del connection["extra"]["studio_flow_sid"]
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(connection))
    with pytest.raises(AirflowFailException, match="studio_flow_sid"):
        run(create())


@pytest.mark.parametrize("choice", ["fail", "skip", "join"])
def test_a_customer_who_is_talking_already(run, served, choice):
    first = run(create(idempotency_key="one")).xcoms
    second = create(idempotency_key="two", on_open_conversation=choice)
    if choice == "join":
        assert run(second).xcoms["conversation_sid"] == first["conversation_sid"]
    else:
        with pytest.raises(AirflowSkipException if choice == "skip" else AlreadyTalking):
            run(second)
    assert len(served.conversations) == 1


def test_who_is_suppressed_is_skipped(run, served):
    with pytest.raises(AirflowSkipException, match="suppressed"):
        run(create(suppression=[CUSTOMER]))
    assert served.conversations == []


def test_the_cap_counts_it(run):
    run(create(idempotency_key="one", close_after="10m", on_reply="pipeline"))
    with pytest.raises(AirflowSkipException, match="frequency_cap"):
        run(create(idempotency_key="two", frequency_cap={"at_most": 1, "per": "P1D"}))
