"""Outreaches that somebody interferes with: marked, cleared, told to end."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator

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


touched_while_deferred()
stopped_while_opening()
