"""Outreaches whose tries have little time, and follow-ups that are killed between two steps.

The first two take the connection ``flexout_default`` and the customers' numbers from the run's ``conf``; the
last one takes from there the conversation, the connection and the key of each customer.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task, task_group

from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator

STEPS = [{"after": f"{seconds}s", "body": body} for seconds, body in ((6, "One"), (8, "Two"), (10, "Three"))]


@task
def customers(dag_run=None) -> list[str]:
    """Give the numbers that the run is to contact."""
    return dag_run.conf["customers"]


def asked(number, **how):
    """Open a conversation, and send its first message."""
    opened = CreateInteractionOperator(task_id="open", channel="sms", to=number, **how)
    sid = opened.output["conversation_sid"]
    return sid, SendConversationMessageOperator(
        task_id="say", conversation_sid=sid, body="Your order is late.", **how
    )


RETRYING = {"retries": 8, "retry_delay": timedelta(seconds=2)}
HURRIED = {"execution_timeout": timedelta(seconds=20), "retries": 30, "retry_delay": timedelta(seconds=3)}


@dag(schedule=None, max_active_tasks=64, default_args=RETRYING)
def little_time():
    @task_group
    def outreach(number):
        asked(number, **HURRIED)

    outreach.expand(number=customers())


@dag(schedule=None, max_active_tasks=64, default_args=RETRYING)
def reminded():
    @task_group
    def outreach(number):
        sid, said = asked(number)
        said >> FollowUpOperator(task_id="remind", conversation_sid=sid, steps=STEPS)

    outreach.expand(number=customers())


@dag(schedule=None, max_active_tasks=16, default_args=RETRYING)
def followed_up():
    # The first step is due at once, and the task is deferred before and after the second, on any machine.
    steps = [{"after": "1s", "body": "One"}, {"after": "30s", "body": "Two"}]
    FollowUpOperator.partial(task_id="remind", steps=steps, last_wait="30s").expand_kwargs(customers())


little_time()
reminded()
followed_up()
