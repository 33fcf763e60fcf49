"""A sensor for each of many conversations, in which somebody will answer."""

from __future__ import annotations

from airflow.sdk import dag, task

from airflow_provider_flexout.sensors.reply import ConversationReplySensor


@dag(schedule=None, max_active_tasks=64)
def many_waits():
    @task
    def conversations(dag_run) -> list[str]:
        return dag_run.conf["conversations"]

    ConversationReplySensor.partial(task_id="wait", deferrable=True, after=-1, timeout=3600).expand(
        conversation_sid=conversations()
    )


many_waits()
