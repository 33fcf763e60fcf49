"""Outreaches that somebody interferes with: marked, cleared, told to end, backfilled."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow.sdk import dag

from airflow_provider_flexout.operators.interaction import CloseInteractionOperator, CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator

RETRYING = {"retries": 3, "retry_delay": timedelta(seconds=3)}


@dag(schedule=None)
def touched_while_deferred():
    CreateInteractionOperator.partial(
        task_id="open", channel="sms", wait_until="completed", deferrable=True
    ).expand_kwargs([{"to": f"+120255570{number}"} for number in (40, 41, 42)])


@dag(schedule=None, default_args=RETRYING)
def stopped_while_opening():
    CreateInteractionOperator.partial(task_id="open", channel="sms").expand_kwargs(
        [{"to": f"+120255570{number}"} for number in (50, 51)]
    )


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


touched_while_deferred()
stopped_while_opening()
each_day()
