"""### Ask a customer in your app's chat

The customer is a user of your chat, known by an identity that says nothing about them. The question waits in
their chat, and their reply reaches the agent. Each user is asked at most once a day, however often the DAG
runs.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with).
3. Trigger it with the identity of a chat user.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={"identity": "guest_42", "subscription": "Basic"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def chat_outreach():
    opened = CreateInteractionOperator(
        task_id="open",
        channel="chat",
        to="{{ params.identity }}",
        initiated_by="api",
        attributes={"subscription": "{{ params.subscription }}"},
        idempotency_key="{{ params.identity }} on {{ dag_run.run_after | ds }}",
        on_open_conversation="skip",
    )
    SendConversationMessageOperator(
        task_id="ask",
        conversation_sid=opened.output["conversation_sid"],
        body="Your {{ params.subscription }} subscription ends in a week. Shall we help you with a new one?",
    )


chat_outreach()
