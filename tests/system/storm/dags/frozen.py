"""What reaches somebody, each in a task that first says to Twilio's stand-in that it begins.

The arguments of each mapped task are in the run's ``conf``, under the task's id.
"""

from __future__ import annotations

from datetime import timedelta

import httpx
from airflow.sdk import BaseHook, dag, task

from airflow_provider_flexout.operators.agents import InviteAgentOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator


def ask_before_all_else(context):
    """Make a request before the operator makes any, from its process and to its address."""
    extra = BaseHook.get_connection(context["task"].flexout_conn_id).extra_dejson
    httpx.get(f"{extra['base_url']}/sandbox/connection", trust_env=False).raise_for_status()


@task
def arguments(task_id: str, dag_run=None) -> list[dict]:
    """Give the arguments of a mapped task."""
    return dag_run.conf[task_id]


# Where a process that stood still goes on, Airflow takes a later try for failed as well.
RETRYING = {"retries": 30, "retry_delay": timedelta(seconds=2), "pre_execute": ask_before_all_else}


@dag(schedule=None, max_active_tasks=64)
def frozen():
    def of(task_id):
        return arguments.override(task_id=f"arguments_of_{task_id}")(task_id)

    CreateInteractionOperator.partial(task_id="open", channel="sms", **RETRYING).expand_kwargs(of("open"))
    CreateInteractionOperator.partial(
        task_id="open_in_one_call", channel="sms", strategy="one_call", **RETRYING
    ).expand_kwargs(of("open_in_one_call"))
    SendConversationMessageOperator.partial(task_id="say", **RETRYING).expand_kwargs(of("say"))
    InviteAgentOperator.partial(task_id="invite", **RETRYING).expand_kwargs(of("invite"))
    FollowUpOperator.partial(task_id="remind", last_wait="1s", **RETRYING).expand_kwargs(of("remind"))


frozen()
