"""An outreach that waits in the triggerer until an agent has it, and one that is mapped."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow.sdk import dag

from airflow_provider_flexout.operators.dag_run import schedule_follow_up
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor


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


@dag(schedule=None)
def out_of_time():
    """Each of them waits for something that does not happen before its time is over."""
    limit = {"execution_timeout": timedelta(seconds=15)}
    closed = f"{(datetime.now(timezone.utc).hour + 12) % 24:02d}"
    CreateInteractionOperator(
        task_id="held",
        channel="sms",
        to="+12025550124",
        contact_window={"timezone": "UTC", "start": f"{closed}:00", "end": f"{closed}:01"},
        **limit,
    )
    opened = CreateInteractionOperator(task_id="open", channel="sms", to="+12025550125")
    ConversationReplySensor(
        task_id="wait", conversation_sid=opened.output["conversation_sid"], deferrable=True, **limit
    )
    FollowUpOperator(
        task_id="follow_up",
        conversation_sid=opened.output["conversation_sid"],
        steps=[{"after": "1h", "body": "Still there?"}],
        **limit,
    )


waiting_outreach()
out_of_time()
scheduled_reminder()
remind()
mapped_outreach()
