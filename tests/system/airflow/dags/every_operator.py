"""Every operator, the sensor and the notifier, for a person whom one XCom names, and nothing else does."""

from __future__ import annotations

import json
from pathlib import Path

from airflow.sdk import dag, task

from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.agents import (
    InviteAgentOperator,
    TransferInteractionOperator,
    UpdateTaskAttributesOperator,
)
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.dag_run import schedule_follow_up
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CloseInteractionOperator, CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor

PERSON = "ti.xcom_pull(task_ids='read')"
NOTIFIER = FlexNotifier(channel="sms", to=f"{{{{ {PERSON}['notified'] }}}}", body="It went well.")


@dag(schedule=None)
def every_operator():
    @task(show_return_value_in_logs=False)
    def read(path: str) -> dict[str, object]:
        return json.loads(Path(path).read_text())

    @task(show_return_value_in_logs=False)
    def rows(path: str) -> list[dict[str, object]]:
        return json.loads(Path(path).read_text())["rows"]

    person, people = read("{{ dag_run.conf['people'] }}"), rows("{{ dag_run.conf['people'] }}")
    opened = CreateInteractionOperator(
        task_id="open",
        channel="sms",
        to=person["sms"],
        suppression=person["suppressed"],
        idempotency_key=f"once-{{{{ {PERSON}['sms'] }}}}",
        on_success_callback=NOTIFIER,
        deferrable=True,
        wait_until="assigned",
    )
    CreateInteractionOperator(
        task_id="open_by_mail",
        channel="email",
        to=person["mail"],
        cc=person["cc"],
        bcc=[person["bcc"]],
        subject="S",
    )
    CreateInteractionOperator(task_id="open_by_object", channel=person["object"])
    CreateConversationOperator(
        task_id="ask", channel="sms", to=person["asked"], attributes={"number": person["asked"]}
    )
    mapped = CreateInteractionOperator.partial(task_id="open_mapped", channel="sms").expand_kwargs(people)
    BulkOutreachOperator(
        task_id="campaign",
        channel="sms",
        contacts=person["contacts"],
        message="Hello",
        content_variables={"1": "Ada", "2": "4711"},
        columns={"content_sid": "template"},
        suppression=person["suppressed"],
    )
    said = SendConversationMessageOperator(
        task_id="say",
        conversation_sid=opened.output["conversation_sid"],
        body="Hello",
        wait_until="delivered",
        attributes={"who": person["sms"]},
        deferrable=True,
    )
    waited = ConversationReplySensor(
        task_id="wait",
        conversation_sid=opened.output["conversation_sid"],
        timeout=1,
        on_timeout="return",
        deferrable=True,
    )
    followed = FollowUpOperator(
        task_id="follow_up",
        conversation_sid=opened.output["conversation_sid"],
        after=said.output["message_sid"],
        steps=[{"after": 1, "body": f"{{{{ {PERSON}['sms'] }}}}?"}],
        last_wait=1,
    )
    noted = UpdateTaskAttributesOperator(
        task_id="note", task_sid=opened.output["task_sid"], attributes={"number": person["sms"]}
    )
    sids = {name: opened.output[name] for name in ("interaction_sid", "channel_sid")}
    routing = {"queue": "Everyone", "task_channel": "sms"}
    invited = InviteAgentOperator(task_id="invite", routing=routing, **sids)
    handed = TransferInteractionOperator(task_id="hand_over", routing=routing, transfer_type="cold", **sids)
    later = schedule_follow_up(
        task_id="later",
        trigger_dag_id="every_operator_later",
        conversation_sid=opened.output["conversation_sid"],
        after="1s",
    )
    closed = CloseInteractionOperator(task_id="close", interaction_sid=opened.output["interaction_sid"])
    mapped >> said >> waited >> followed >> noted >> later >> invited >> handed >> closed


@dag(schedule=None, is_paused_upon_creation=False)
def every_operator_later():
    @task
    def nothing() -> None:
        pass

    nothing()


every_operator()
every_operator_later()
