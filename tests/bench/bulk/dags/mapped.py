"""One task for each contact: it opens a conversation, then it speaks."""

from __future__ import annotations

from airflow.sdk import dag, task, task_group

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator


@task
def contacts(dag_run=None) -> list[str]:
    """Give the numbers that the run is to contact."""
    return dag_run.conf["contacts"]


@dag(schedule=None, max_active_tasks=64)
def mapped():
    @task_group
    def outreach(number):
        opened = CreateInteractionOperator(task_id="open", channel="sms", to=number)
        SendConversationMessageOperator(
            task_id="say", conversation_sid=opened.output["conversation_sid"], body="Your order is late."
        )

    outreach.expand(number=contacts())


mapped()
