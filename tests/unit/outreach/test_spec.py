"""The words of each choice are taken when the DAG is parsed, others are not, and the reference names them."""

from __future__ import annotations

import re

import pytest

from airflow_provider_flexout.operators.agents import InviteAgentOperator, TransferInteractionOperator
from airflow_provider_flexout.operators.interaction import CloseInteractionOperator, CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach import spec
from airflow_provider_flexout.version_compat import AirflowFailException

OPEN = {"channel": "sms", "to": "{{ params.to }}"}
SAY = {"conversation_sid": "{{ params.conversation }}", "body": "Hello."}
WHOM = {"interaction_sid": "{{ params.interaction }}"}
CHOICES = {
    "CHANNEL_STATUSES": (CloseInteractionOperator, "channel_status", WHOM),
    "DELIVERY_STAGES": (SendConversationMessageOperator, "wait_until", SAY),
    "INITIATORS": (CreateInteractionOperator, "initiated_by", OPEN),
    "INTERACTION_STAGES": (CreateInteractionOperator, "wait_until", OPEN),
    "INVITE_STAGES": (InviteAgentOperator, "wait_until", WHOM | {"routing": {"queue": "Support"}}),
    "ON_CLOSED_WINDOW": (SendConversationMessageOperator, "on_closed_window", SAY),
    "ON_OPEN_CONVERSATION": (CreateInteractionOperator, "on_open_conversation", OPEN),
    "ON_SKIP": (CreateInteractionOperator, "on_skip", OPEN),
    "STRATEGIES": (CreateInteractionOperator, "strategy", OPEN),
    "TASK_STATUSES": (TransferInteractionOperator, "task_status", WHOM | {"routing": {"worker": "ada"}}),
}


def test_every_choice_is_here():
    assert set(CHOICES) == {name for name in vars(spec) if isinstance(getattr(spec, name), tuple)}


@pytest.mark.parametrize("name", CHOICES)
def test_each_word_is_taken_and_no_other(name):
    operator, argument, others = CHOICES[name]
    for word in getattr(spec, name):
        beside = {"content_sid": "HX" + "1" * 32} if word == "template" else {}
        operator(task_id="one", **others, **{argument: word}, **beside)
    with pytest.raises(AirflowFailException, match=rf"^{argument}: 'soon' is not one of "):
        operator(task_id="one", **others, **{argument: "soon"})


@pytest.mark.parametrize("name", CHOICES)
def test_the_reference_names_each_word(name):
    operator, argument, _ = CHOICES[name]
    described = re.search(rf":param {argument}:(.*?)(?=:param|:raises|\Z)", str(operator.__doc__), re.DOTALL)
    missing = [word for word in getattr(spec, name) if f'"{word}"' not in described[1]]
    assert missing == []
