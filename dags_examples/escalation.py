"""### Open a conversation when somebody can take it, and hand it over to the specialists

An order worth a lot is late. The conversation is opened once somebody in the queue is available. What the
pipeline found out is added to the agent's task. Then the specialists are invited and take the conversation
over, and in the end it is closed. The customer is contacted once, and nobody is invited twice, however often
a task crashes, is retried or cleared.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with).
3. Trigger it with the names of two of your queues; the defaults are the sandbox's queues.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from airflow_provider_flexout.operators.agents import (
    TransferInteractionOperator,
    UpdateTaskAttributesOperator,
)
from airflow_provider_flexout.operators.interaction import CloseInteractionOperator, CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={"to": "+12025550141", "queue": "Everyone", "specialists": "Outreach"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def escalation():
    # [START agents]
    opened = CreateInteractionOperator(
        task_id="open",
        channel="sms",
        to="{{ params.to }}",
        customer_name="Ada",
        initiated_by="api",  # any free agent in the queue
        routing={"queue": "{{ params.queue }}", "task_channel": "sms", "priority": 10},
        require_available_agents=True,
        available_timeout="30m",
        wait_until="assigned",
    )
    said = SendConversationMessageOperator(
        task_id="say_why",
        conversation_sid=opened.output["conversation_sid"],
        body="Hello Ada, your order is late. We are looking into it, and come back to you here.",
    )
    noted = UpdateTaskAttributesOperator(
        task_id="note_findings",
        task_sid=opened.output["task_sid"],
        attributes={"order": {"number": "A-1001", "worth": 4200}, "escalated": True},
    )
    transferred = TransferInteractionOperator(
        task_id="hand_over",
        interaction_sid=opened.output["interaction_sid"],
        channel_sid=opened.output["channel_sid"],
        routing={"queue": "{{ params.specialists }}", "task_channel": "sms", "timeout": 1800},
        attributes={"why": "worth a lot"},  # added to those of the first agent's task
        task_status="completed",
    )
    closed = CloseInteractionOperator(
        task_id="close",
        interaction_sid=opened.output["interaction_sid"],
        channel_sid=opened.output["channel_sid"],
        task_status="completed",
    )
    [said, noted] >> transferred >> closed
    # [END agents]


escalation()
