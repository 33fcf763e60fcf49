"""An outreach for each day, opened, sent and closed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow.sdk import dag

from airflow_provider_flexout.operators.interaction import CloseInteractionOperator, CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator

RETRYING = {"retries": 3, "retry_delay": timedelta(seconds=3)}


@dag(
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    end_date=datetime(2026, 1, 9, tzinfo=timezone.utc),
    catchup=False,
    default_args=RETRYING,
)
def each_day():
    opened = CreateInteractionOperator(
        task_id="open", channel="sms", to="+120255571{{ logical_date.strftime('%d') }}"
    )
    said = SendConversationMessageOperator(
        task_id="say", conversation_sid=opened.output["conversation_sid"], body="Your order is late."
    )
    said >> CloseInteractionOperator(
        task_id="close", interaction_sid=opened.output["interaction_sid"], task_status="completed"
    )


each_day()
