"""### Ask a customer something, and continue when they have replied

This DAG opens a text conversation, asks, and waits for the reply without holding a worker, for two days at
most. If the customer replies, they are thanked, and the agent takes over. Otherwise the conversation is
closed.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with).
3. Unpause the DAG and trigger it with a number of your own. With the sandbox, open the page whose address it
   prints, and reply there as the customer.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Param, dag, task

from airflow_provider_flexout.operators.interaction import CloseInteractionOperator, CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={"to": Param("+12025550141", type="string"), "name": Param("Ada", type="string")},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def wait_for_reply():
    opened = CreateInteractionOperator(
        task_id="open", channel="sms", to="{{ params.to }}", customer_name="{{ params.name }}"
    )
    asked = SendConversationMessageOperator(
        task_id="ask",
        conversation_sid=opened.output["conversation_sid"],
        body="Hello {{ params.name }}, may we deliver on Friday instead? Reply here.",
    )
    # [START reply]
    reply = ConversationReplySensor(
        task_id="wait",
        conversation_sid=opened.output["conversation_sid"],
        after=asked.output["message_sid"],
        timeout=timedelta(days=2),
        on_timeout="return",
        deferrable=True,
    )

    @task.branch
    def choose(reply: dict[str, object]) -> str:
        return "thank" if reply["replied"] else "close"

    # [END reply]

    thanked = SendConversationMessageOperator(
        task_id="thank",
        conversation_sid=opened.output["conversation_sid"],
        body="Thank you, {{ params.name }}. We are looking into it.",
    )
    closed = CloseInteractionOperator(
        task_id="close",
        interaction_sid=opened.output["interaction_sid"],
        channel_sid=opened.output["channel_sid"],
        task_status="completed",
    )
    choose(reply.output) >> [thanked, closed]


wait_for_reply()
