"""### Hand a Messenger conversation to an agent, and tell the customer so

On Messenger the customer writes first. This DAG routes their conversation to an agent, and replies at once.
If they wrote more than 24 hours ago, Messenger takes no reply any more: then only the agent is told.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with).
3. Trigger it with the SID (`CH…`) of a conversation in which a customer has written.
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
    params={"conversation_sid": "CH…"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def messenger_outreach():
    opened = CreateInteractionOperator(
        task_id="route",
        channel="messenger",
        initiated_by="customer",
        media_channel_sid="{{ params.conversation_sid }}",
    )
    SendConversationMessageOperator(
        task_id="answer",
        conversation_sid=opened.output["conversation_sid"],
        body="Thank you for your message. An agent is reading it right now.",
        on_closed_window="skip",
    )


messenger_outreach()
