"""The calls about queues, agents and what becomes of an interaction."""

from __future__ import annotations

from datetime import datetime, timezone

from twilio.base.serialize import object as json_text

from airflow_provider_flexout.twilio.api import conversations, invites, tasks, workspace
from tests.contract.case import CH, FW, KD, UO, UT, WH, WK, WQ, WS, WT, WW, Case

INVITED = {"properties": {"workspace_sid": WS, "workflow_sid": WW, "attributes": {"customerName": "Ada"}}}
EMAIL = {"level": "cc", "name": "Ada", "address": "ada@example.com", "type": "email"}


def channel(twilio):
    return twilio.flex_api.v1.interaction(KD).channels(UO)


CASES = [
    Case(
        conversations.create_studio_webhook(CH, FW, replay_after=2),
        lambda twilio: twilio.conversations.v1.conversations(CH).webhooks.create(
            target="studio", configuration_flow_sid=FW, configuration_replay_after=2
        ),
    ),
    Case(
        conversations.list_conversation_webhooks(CH),
        lambda twilio: twilio.conversations.v1.conversations(CH).webhooks.page(),
    ),
    Case(
        conversations.delete_conversation_webhook(CH, WH),
        lambda twilio: twilio.conversations.v1.conversations(CH).webhooks(WH).delete(),
    ),
    Case(
        tasks.list_events(WS, task_sid=WT),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).events.page(
            task_sid=WT, minutes=43200, page_size=1000
        ),
    ),
    Case(
        tasks.list_events(WS, start_date="2026-11-22T00:00:00Z"),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).events.page(
            start_date=datetime(2026, 11, 22, tzinfo=timezone.utc), page_size=1000
        ),
    ),
    Case(
        workspace.list_task_queues(WS, friendly_name="Support & more"),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).task_queues.page(
            friendly_name="Support & more", page_size=50
        ),
    ),
    Case(
        workspace.list_workflows(WS, friendly_name="Anyone"),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).workflows.page(
            friendly_name="Anyone", page_size=50
        ),
    ),
    Case(
        workspace.list_workers(WS, friendly_name="ada", task_queue_sid=WQ, available=True),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).workers.page(
            friendly_name="ada", task_queue_sid=WQ, available="true", page_size=50
        ),
    ),
    Case(
        workspace.list_task_channels(WS, page_size=1000),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).task_channels.page(page_size=1000),
    ),
    Case(
        workspace.fetch_worker(WS, WK),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).workers(WK).fetch(),
    ),
    Case(
        workspace.list_worker_channels(WS, WK),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).workers(WK).worker_channels.page(),
    ),
    Case(
        workspace.fetch_queue_statistics(WS, WQ, task_channel="sms"),
        lambda twilio: (
            twilio.taskrouter.v1.workspaces(WS)
            .task_queues(WQ)
            .real_time_statistics()
            .fetch(task_channel="sms")
        ),
    ),
    Case(invites.list_invites(KD, UO), lambda twilio: channel(twilio).invites.page()),
    Case(
        invites.create_invite(KD, UO, INVITED), lambda twilio: channel(twilio).invites.create(routing=INVITED)
    ),
    Case(invites.list_channel_participants(KD, UO), lambda twilio: channel(twilio).participants.page()),
    Case(
        invites.create_channel_participant(KD, UO, "customer", EMAIL),
        lambda twilio: channel(twilio).participants.create(type="customer", media_properties=EMAIL),
    ),
    Case(
        invites.update_channel_participant(KD, UO, UT, "wrapup"),
        lambda twilio: channel(twilio).participants(UT).update(status="wrapup"),
    ),
    Case(
        tasks.update_task(WS, WT, attributes=json_text({"a": "b & c"})).if_match('"7"'),
        lambda twilio: (
            twilio.taskrouter.v1.workspaces(WS)
            .tasks(WT)
            .update(attributes=json_text({"a": "b & c"}), if_match='"7"')
        ),
    ),
]
