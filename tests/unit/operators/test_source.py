"""What an outreach leaves at Twilio, for people: which DAG run and task is behind it."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator

CUSTOMER = "+12025550117"


@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_conversation_and_message_name_the_task_behind_them(run, served, strategy):
    create = CreateInteractionOperator(task_id="open", channel="sms", to=CUSTOMER, strategy=strategy)
    opened = run(create).xcoms
    run(
        SendConversationMessageOperator(task_id="say", conversation_sid=opened["conversation_sid"], body="Hi")
    )
    (conversation,) = served.conversations
    behind = {"dag_id": "orders", "run_id": "manual__2026-11-22", "map_index": -1}
    assert conversation.attributes["flexout"]["source"] == {**behind, "task_id": "open"}
    assert conversation.transcript[0].attributes["flexout_source"] == {**behind, "task_id": "say"}


def test_attributes_that_fill_a_message_leave_the_source_out(run, served):
    opened = run(CreateInteractionOperator(task_id="open", channel="sms", to=CUSTOMER)).xcoms
    full = {"note": "x" * (4096 - len(json.dumps({"note": "", "flexout_key": "fx" + 32 * "0"})))}
    say = SendConversationMessageOperator(
        task_id="say", conversation_sid=opened["conversation_sid"], body="Hi", attributes=full
    )
    run(say)
    (message,) = served.messages
    assert set(message.attributes) == {"note", "flexout_key"}
