"""What the operators that open a conversation have in common, by the two of them."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException

CUSTOMER = "+12025550117"
both = pytest.mark.parametrize("kind", [CreateConversationOperator, CreateInteractionOperator])


def create(kind, task_id="create", **arguments):
    named = {"on_reply": "pipeline"} if kind is CreateConversationOperator else {}
    return kind(task_id=task_id, channel="sms", to=CUSTOMER, **named, **arguments)


@both
def test_a_customer_who_is_in_a_conversation(run, served, kind):
    opened = run(create(kind)).xcoms["return_value"]
    with pytest.raises(AlreadyTalking, match=opened["conversation_sid"]):
        run(create(kind, "another"))
    with pytest.raises(AirflowSkipException, match=r"^already_talking: "):
        run(create(kind, "another", on_open_conversation="skip"))
    joined = run(create(kind, "another", on_open_conversation="join")).xcoms["return_value"]
    assert joined["conversation_sid"] == opened["conversation_sid"]
    assert len(served.conversations) == 1


@both
def test_a_policy_holds_back_nobody_who_was_contacted_already(run, served, kind):
    first = run(create(kind)).xcoms["return_value"]
    again = run(create(kind, suppression=[CUSTOMER]), try_number=2).xcoms["return_value"]
    assert (again["created"], again["conversation_sid"]) == (False, first["conversation_sid"])
    with pytest.raises(AirflowSkipException, match=r"^suppressed: "):
        run(create(kind, "another", suppression=[CUSTOMER]))


@both
def test_a_wrong_choice_is_refused_before_anything_is_sent(run, served, kind):
    with pytest.raises(AirflowFailException, match=r"^on_open_conversation: .wait. is not one of"):
        run(create(kind, on_open_conversation="wait"))
    assert len(served.requests) == 0
