"""The same outreach twice: with the provider, and as a plain task would do it with the ``twilio`` package.

Both take the connection ``flexout_default`` and the customers' numbers from the run's ``conf``.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta

from airflow.sdk import BaseHook, dag, task, task_group

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator

BODY = "Your order is late."
# On a busy machine, Airflow takes some for dead that are not.
RETRYING = {"retries": 8, "retry_delay": timedelta(seconds=2)}


@task
def customers(dag_run=None) -> list[str]:
    """Give the numbers that the run is to contact."""
    return dag_run.conf["customers"]


@dag(schedule=None, default_args=RETRYING, max_active_tasks=64)
def storm_with_provider():
    @task_group
    def outreach(number):
        opened = CreateInteractionOperator(task_id="open", channel="sms", to=number)
        SendConversationMessageOperator(
            task_id="say", conversation_sid=opened.output["conversation_sid"], body=BODY
        )

    outreach.expand(number=customers())


@dag(schedule=None, default_args=RETRYING, max_active_tasks=64)
def storm_without():
    def connect():
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        connection = BaseHook.get_connection("flexout_default")
        extra = connection.extra_dejson

        class SandboxHttpClient(TwilioHttpClient):
            def request(self, method, url, *args, **kwargs):
                url = re.sub(r"https://[^/]+", extra["base_url"], url)
                return super().request(method, url, *args, **kwargs)

        http_client = SandboxHttpClient(timeout=30)
        return Client(connection.login, connection.password, http_client=http_client), extra

    @task
    def open_interaction(number: str) -> str:
        client, extra = connect()
        interaction = client.flex_api.v1.interaction.create(
            channel={
                "type": "sms",
                "initiated_by": "agent",
                "properties": {"type": "sms"},
                "participants": [{"address": number, "proxy_address": extra["sms_from"], "type": "sms"}],
            },
            routing={
                "properties": {
                    name: extra[name] for name in ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")
                }
                | {"attributes": {"customerAddress": number}}
            },
        )
        return json.loads(interaction.routing["properties"]["attributes"])["conversationSid"]

    @task
    def say(conversation_sid: str) -> None:
        client, _ = connect()
        client.conversations.v1.conversations(conversation_sid).messages.create(body=BODY)

    say.expand(conversation_sid=open_interaction.expand(number=customers()))


storm_with_provider()
storm_without()
