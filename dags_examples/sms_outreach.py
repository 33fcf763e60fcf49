"""### Remind a customer of an appointment by SMS

The text goes into a conversation, so the reply reaches an agent and not a number that nobody reads. If the
customer is already talking with us, the reminder is sent in that conversation. The task ends once the text
has arrived. Each triggered run contacts the customer anew; clearing or retrying its tasks does not.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with).
3. Trigger it with a phone number.
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
    params={"to": "+12025550170", "name": "Ada", "when": "Tuesday, 10 o'clock"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def sms_outreach():
    # [START interaction]
    opened = CreateInteractionOperator(
        task_id="open",
        channel="sms",
        to="{{ params.to }}",
        customer_name="{{ params.name }}",
        initiated_by="api",  # any free agent in the queue
        on_open_conversation="join",
    )
    SendConversationMessageOperator(
        task_id="remind",
        conversation_sid=opened.output["conversation_sid"],
        body="Hello {{ params.name }}, see you {{ params.when }}. Reply here if you can't make it.",
        wait_until="delivered",
        execution_timeout=timedelta(minutes=10),
    )
    # [END interaction]


sms_outreach()
