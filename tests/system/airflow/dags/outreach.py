"""An outreach that waits in the triggerer until an agent has it, and one that is mapped."""

from __future__ import annotations

from airflow.sdk import dag

from airflow_provider_flexout.operators.dag_run import schedule_follow_up
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
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


@dag(schedule=None)
def scheduled_reminder():
    opened = CreateInteractionOperator(task_id="open", channel="sms", to="{{ dag_run.conf['number'] }}")
    said = SendConversationMessageOperator(
        task_id="ask", conversation_sid=opened.output["conversation_sid"], body="When?"
    )
    said >> schedule_follow_up(
        task_id="later",
        trigger_dag_id="remind",
        conversation_sid=opened.output["conversation_sid"],
        after="2s",
        conf={"text": "Still there?"},
    )


@dag(schedule=None, is_paused_upon_creation=False)
def remind():
    FollowUpOperator(
        task_id="follow_up",
        conversation_sid="{{ dag_run.conf['conversation_sid'] }}",
        steps=[{"after": "12s", "body": "{{ dag_run.conf['text'] }}"}],
        last_wait="1m",
    )


waiting_outreach()
scheduled_reminder()
remind()
mapped_outreach()
