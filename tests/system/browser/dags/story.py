"""An outreach that goes on as the people at the page let it."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from airflow_provider_flexout.operators.interaction import CloseInteractionOperator, CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor


@dag(schedule=None)
def late_delivery_story():
    opened = CreateInteractionOperator(
        task_id="open_conversation",
        channel="sms",
        to="{{ dag_run.conf['to'] }}",
        customer_name="{{ dag_run.conf['name'] }}",
        attributes={"order_number": "A-1041"},
        wait_until="assigned",
        deferrable=True,
    )
    asked = SendConversationMessageOperator(
        task_id="ask",
        conversation_sid=opened.output["conversation_sid"],
        body="Your reading lamp is late by 7 days. We are sorry! Which day would suit you?",
        wait_until="delivered",
        deferrable=True,
    )
    answered = ConversationReplySensor(
        task_id="wait_for_an_answer",
        conversation_sid=opened.output["conversation_sid"],
        after=asked.output["message_sid"],
        timeout=timedelta(hours=1).total_seconds(),
        deferrable=True,
    )
    close = CloseInteractionOperator(
        task_id="close",
        interaction_sid=opened.output["interaction_sid"],
        channel_sid=opened.output["channel_sid"],
    )
    opened >> asked >> answered >> close


late_delivery_story()
