"""### Ask a customer, and give an agent the conversation only when they reply

Only a few customers will reply, and an agent's time is for them. This DAG shows both ways in which a reply
reaches an agent:

* `ask_by_studio` leaves it to a Studio flow. Its Send to Flex widget makes the agent's task, even days after
  the DAG has ended.
* `ask_by_pipeline` waits for the reply in the DAG, and then routes the conversation itself. So it could first
  look up in the warehouse which agent knows the customer.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account, with `studio_flow_sid`; `flexout sandbox` prints
   one to try it with).
3. Trigger it with two phone numbers, and reply from the second.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task_group

from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={"by_studio": "+12025550170", "by_pipeline": "+12025550171", "order": "4711"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def agent_on_reply():
    # [START conversation]
    @task_group
    def ask_by_studio():
        opened = CreateConversationOperator(
            task_id="open",
            channel="sms",
            to="{{ params.by_studio }}",
            attributes={"order": "{{ params.order }}"},  # the flow copies them into the agent's task
            close_after="3d",
        )
        SendConversationMessageOperator(
            task_id="ask",
            conversation_sid=opened.output["conversation_sid"],
            body="Your order {{ params.order }} is a day late. Reply here if that is a problem.",
        )

    # [END conversation]

    @task_group
    def ask_by_pipeline():
        opened = CreateConversationOperator(
            task_id="open", channel="sms", to="{{ params.by_pipeline }}", on_reply="pipeline"
        )
        conversation_sid = opened.output["conversation_sid"]
        asked = SendConversationMessageOperator(
            task_id="ask",
            conversation_sid=conversation_sid,
            body="Your order {{ params.order }} is two days late. Shall we send another one? Reply here.",
        )
        replied = ConversationReplySensor(
            task_id="wait",
            conversation_sid=conversation_sid,
            after=asked.output["message_sid"],
            timeout=timedelta(days=3),
            deferrable=True,
        )
        route = CreateInteractionOperator(
            task_id="route",
            channel="sms",
            media_channel_sid=conversation_sid,
            initiated_by="customer",
            attributes={"order": "{{ params.order }}"},
        )
        replied >> route

    ask_by_studio()
    ask_by_pipeline()


agent_on_reply()
