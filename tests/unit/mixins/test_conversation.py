"""A result in place of a skip, and what the tasks after it make of it."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException

NUMBER = "+12025550117"


def create(**arguments):
    return CreateInteractionOperator(task_id="open", channel="sms", to=NUMBER, **arguments)


def say(conversation_sid, **arguments):
    return SendConversationMessageOperator(
        task_id="say", conversation_sid=conversation_sid, body="Hello", **arguments
    )


@pytest.fixture
def skipped(run):
    """The result of an opening that contacted nobody."""
    return run(create(suppression=[NUMBER], on_skip="return")).xcoms["return_value"]


def test_a_returned_skip_has_the_fields_of_a_result_and_the_reason(served, run, skipped):
    opened = run(create()).xcoms["return_value"]
    assert set(skipped) == {*opened, "skip_reason"}
    assert {name: value for name, value in skipped.items() if value} == {"skip_reason": "suppressed"}
    assert [one.conversation_sid for one in served.tasks] == [opened["conversation_sid"]]


def test_each_field_is_an_xcom_too(run):
    xcoms = run(create(suppression=[NUMBER], on_skip="return")).xcoms
    fields = dict.fromkeys(durable.INTERACTION_FIELDS) | {"created": False}
    assert {name: value for name, value in xcoms.items() if name != "return_value"} == {
        **fields,
        "skip_reason": "suppressed",
    }


def test_by_default_the_task_is_skipped(run):
    with pytest.raises(AirflowSkipException, match="suppressed"):
        run(create(suppression=[NUMBER]))


def test_a_conversation_without_an_agent_is_skipped_likewise(run):
    quiet = CreateConversationOperator(
        task_id="open", channel="sms", to=NUMBER, on_reply="pipeline", suppression=[NUMBER], on_skip="return"
    )
    assert run(quiet).xcoms["return_value"] == dict.fromkeys(durable.CONVERSATION_FIELDS) | {
        "created": False,
        "skip_reason": "suppressed",
    }


@pytest.mark.parametrize("operator", [create, lambda **given: say("CH" + "0" * 32, **given)])
def test_another_word_is_refused(run, operator):
    with pytest.raises(AirflowFailException, match="on_skip"):
        run(operator(on_skip="give up"))


def test_a_message_skips_for_itself_and_may_return_that_too(run, served, skipped):
    with pytest.raises(AirflowSkipException, match="suppressed"):
        run(say(skipped))
    said = run(say(skipped, on_skip="return")).xcoms["return_value"]
    assert said == dict.fromkeys(durable.MESSAGE_FIELDS) | {
        "created": False,
        "skip_reason": "suppressed",
    }
    for after in (
        FollowUpOperator(task_id="follow", conversation_sid=said, steps=[{"after": "1h", "body": "?"}]),
        ConversationReplySensor(task_id="wait", conversation_sid=said, deferrable=True),
    ):
        with pytest.raises(AirflowSkipException, match="suppressed"):
            run(after)
    assert served.messages == []


def test_a_whole_result_names_the_conversation_and_its_channel(run, served):
    opened = run(create()).xcoms["return_value"]
    operator = say(opened)
    said = run(operator).xcoms["return_value"]
    assert said["conversation_sid"] == opened["conversation_sid"]
    assert operator.channel == "sms"
    assert [one.body for one in served.messages] == ["Hello"]


@pytest.mark.parametrize("result", [{}, {"conversation_sid": None}, None])
def test_a_result_without_a_conversation_and_a_reason_is_an_error(run, result):
    with pytest.raises(AirflowFailException, match="conversation_sid"):
        run(say(result))
