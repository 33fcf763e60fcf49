"""A run for the replies that come, which thanks for each; and a sensor for each of some conversations."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Asset, AssetWatcher, dag, task

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.triggers.asset_events import replies_of
from airflow_provider_flexout.triggers.reply import FlexReplyTrigger

replies = Asset(
    "flexout://replies/pushed",
    watchers=[
        AssetWatcher(name="replies", trigger=FlexReplyTrigger(poll_interval="1h", requests_per_round=300))
    ],
)


RETRIES = {"retries": 9, "retry_delay": timedelta(seconds=2)}
"""On a busy machine Airflow itself loses tasks."""


@dag(schedule=[replies], max_active_runs=8, default_args=RETRIES)
def thank_for_replies():
    @task
    def thank(triggering_asset_events) -> list[str]:
        """Return the messages of which the run was told."""
        told = replies_of(triggering_asset_events)
        for reply in told:
            FlexHook().send_once(
                conversation_sid=reply["conversation_sid"],
                body="Thank you!",
                idempotency_key=f"thanks {reply['message_sid']}",
            )
        return [reply["message_sid"] for reply in told]

    thank()


@dag(schedule=None, max_active_tasks=64, default_args=RETRIES)
def wait_for_replies():
    @task
    def conversations(dag_run) -> list[str]:
        return dag_run.conf["conversations"]

    ConversationReplySensor.partial(task_id="wait", deferrable=True, after=-1, timeout=7200).expand(
        conversation_sid=conversations()
    )


thank_for_replies()
wait_for_replies()
