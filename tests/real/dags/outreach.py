"""An outreach that waits in the triggerer until an agent has it, and one that is mapped."""

from __future__ import annotations

from airflow.sdk import dag

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator


@dag(schedule=None)
def waiting_outreach():
    opened = CreateInteractionOperator(
        task_id="open",
        channel="sms",
        to="{{ dag_run.conf['number'] }}",
        wait_until="assigned",
        deferrable=True,
    )
    SendConversationMessageOperator(
        task_id="say",
        conversation_sid=opened.output["conversation_sid"],
        body="An agent is with you.",
        wait_until="delivered",
        deferrable=True,
    )


@dag(schedule=None)
def mapped_outreach():
    CreateInteractionOperator.partial(task_id="open", channel="sms").expand_kwargs(
        [{"to": "+12025550121"}, {"to": "+12025550122"}]
    )


waiting_outreach()
mapped_outreach()
