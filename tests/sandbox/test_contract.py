"""Twilio's OpenAPI documents as the measure: names, fields, and every kind of answer."""

from __future__ import annotations

import json

from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from airflow_provider_flexout.sandbox.api.account import accounts, messaging, studio
from airflow_provider_flexout.sandbox.api.conversations import media
from airflow_provider_flexout.sandbox.api.events import sinks, subscriptions
from airflow_provider_flexout.sandbox.api.flex import interaction_webhooks
from airflow_provider_flexout.sandbox.sandbox import ROUTES
from tests.sandbox.test_transfers import Body

IN_NO_DOCUMENT = {
    operation.name
    for module in (interaction_webhooks, media, accounts, messaging, studio, sinks, subscriptions)
    for operation in module.OPERATIONS
}


def test_operations_carry_twilios_names_and_fields(api_documents):
    checked = 0
    for operation in ROUTES:
        if operation.name in IN_NO_DOCUMENT:
            continue
        example = operation.path.replace("{", "").replace("}", "")
        _, documented = api_documents._find(operation.method.lower(), example)
        assert documented["operationId"] == operation.name
        form = documented.get("requestBody", {}).get("content", {})
        fields = form.get("application/x-www-form-urlencoded", {}).get("schema", {}).get("properties", {})
        assert set(operation.form) == set(fields), operation.name
        query = {each["name"] for each in documented.get("parameters", ()) if each["in"] == "query"}
        assert set(operation.query) <= query, operation.name
        checked += 1
    assert checked == len(ROUTES.names - IN_NO_DOCUMENT)


def test_every_operation_responds_as_documented(
    sandbox, twilio, api_documents, open_one, tasks, extra, connect
):
    api_documents.seen.clear()
    sandbox.agent().accepts(after="1s").finishes(after="1h", outcome={"sold": True})
    sandbox.customer().receives(after="1s", reads_after="2s")
    sids = open_one(routed={"attributes": {"customerName": "Ada", "customerAddress": "ada@example.com"}})
    flex = twilio.flex_api.v1.interaction(sids["interaction"])
    sandbox.clock.advance("1m")
    interaction = flex.fetch()
    interaction.update(webhook_ttid="flex_interactionwebhook_1")
    channel = flex.channels(sids["channel"])
    channel.fetch()
    assert len(flex.channels.list()) == 1
    assert len(channel.participants.list()) == 2
    assert len(channel.invites.list()) == 1
    channel.invites.create(routing=interaction_routing(extra))
    channel.participants.create(type="external", media_properties={"identity": "observer"})
    [agent] = [each for each in channel.participants.list() if each.type == "agent"]
    hand_over = {"from": agent.sid, "to": extra["queue_sid"], "type": "cold"}
    transfer = channel.transfers.create(body=Body(hand_over))
    channel.transfers(transfer.sid).fetch()
    sandbox.clock.advance("1m")
    agent = next(each for each in channel.participants.list() if each.type == "agent")
    channel.participants(agent.sid).update(status="wrapup")
    tasks(sids["task"]).fetch()
    tasks(sids["task"]).update(priority=3)
    assert len(tasks.list()) == 3
    service = twilio.conversations.v1.services(extra["chat_service_sid"])
    for root in (twilio.conversations.v1, service):
        walk(sandbox, root, sids["conversation"])
        walk_webhooks(root.conversations.create())
    for configuration in (twilio.conversations.v1.configuration, service.configuration):
        configuration.webhooks().update(post_webhook_url="https://example.com", filters=["onMessageAdded"])
        assert configuration.webhooks().fetch().filters == ["onMessageAdded"]
    channel.update(status="closed")
    walk_center(twilio.taskrouter.v1.workspaces(extra["workspace_sid"]), sids["task"])
    twilio.taskrouter.v1.workspaces.list()
    oauth = sandbox.connection(auth="oauth")
    twilio.oauth.v2.token.create(
        grant_type="client_credentials", client_id=oauth["login"], client_secret=oauth["password"]
    )
    walk_content(twilio.content.v1)
    walk_configuration(twilio.conversations.v1, extra)
    assert api_documents.seen == ROUTES.names - IN_NO_DOCUMENT


def interaction_routing(extra) -> dict:
    return {"properties": {name: extra[name] for name in ("workspace_sid", "workflow_sid", "worker_sid")}}


def walk_configuration(conversations, extra) -> None:
    conversations.configuration().fetch()
    conversations.configuration().update(default_closed_timer="P7D")
    conversations.configuration().update(default_closed_timer="")
    service = conversations.services(extra["chat_service_sid"])
    service.configuration().fetch()
    for root in (conversations, service):
        assert root.roles(root.roles.list()[0].sid).fetch().type == "conversation"
        root.conversation_with_participants.create(participant=['{"identity": "ada"}'])
    conversations.services(conversations.services.list()[0].sid).fetch()
    made = conversations.address_configurations.create(
        type="sms",
        address="+15005550009",
        auto_creation_enabled=True,
        auto_creation_type="studio",
        auto_creation_studio_flow_sid=extra["studio_flow_sid"],
    )
    one = conversations.address_configurations(made.sid)
    one.update(friendly_name="Ninth")
    one.fetch()
    conversations.address_configurations.list(type="sms")
    one.delete()


def walk_webhooks(conversation) -> None:
    made = conversation.webhooks.create(
        target="webhook",
        configuration_url="https://example.com",
        configuration_method="post",
        configuration_filters=["onMessageAdded", "onDeliveryUpdated"],
    )
    one = conversation.webhooks(made.sid)
    assert one.update(configuration_filters=["onMessageAdded"]).configuration["filters"] == ["onMessageAdded"]
    assert one.fetch().configuration["url"] == "https://example.com"
    assert [each.sid for each in conversation.webhooks.list()] == [made.sid]
    assert one.delete()
    conversation.delete()


def walk_content(content) -> None:
    request = {"friendly_name": "hello", "language": "en", "types": {"twilio/text": {"body": "Hello {{1}}"}}}
    template = content.contents.create(
        ContentList.ContentCreateRequest({**request, "variables": {"1": "Ada"}})
    )
    approval = {"name": "hello", "category": "UTILITY"}
    template_sid = content.contents(template.sid)
    template_sid.approval_create.create(ApprovalCreateList.ContentApprovalRequest(approval))
    template_sid.approval_fetch().fetch()
    template_sid.fetch()
    assert len(content.contents.list()) == len(content.content_and_approvals.list()) == 7
    template_sid.delete()


def walk_center(workspace, task: str) -> None:
    workspace.fetch()
    here = workspace.activities.create(friendly_name="Here", available=True)
    queue = workspace.task_queues.create(friendly_name="VIP", target_workers='roles HAS "vip"')
    configuration = json.dumps({"task_routing": {"default_filter": {"queue": queue.sid}}})
    workspace.workflows.create(friendly_name="To VIP", configuration=configuration)
    worker = workspace.workers.create(friendly_name="dora", attributes='{"roles": ["vip"]}')
    worker.update(activity_sid=here.sid)
    named = (workspace.activities, workspace.task_queues, workspace.workers, workspace.workflows)
    for rows in (*named, workspace.task_channels):
        rows(rows.list()[0].sid).fetch()
    channels = workspace.workers(worker.sid).worker_channels
    channels(channels.list()[0].sid).update(capacity=3)
    channels(channels.list()[0].sid).fetch()
    assert queue.real_time_statistics().fetch().total_available_workers == 1
    [reservation] = workspace.tasks(task).reservations.list()
    workspace.tasks(task).reservations(reservation.sid).fetch()
    workspace.events(workspace.events.list(task_sid=task)[0].sid).fetch()
    walk_tasks(workspace, worker)
    for statistics in (workspace, workspace.workflows(workspace.workflows.list()[0].sid)):
        statistics.real_time_statistics().fetch()
    workspace.workers.real_time_statistics().fetch()
    workspace.workers(worker.sid).update(friendly_name="theo")
    workspace.workflows(named[3].list()[-1].sid).update(friendly_name="Nowhere")
    queue.update(friendly_name="None")
    here.update(friendly_name="There")
    spare = workspace.activities.create(friendly_name="Spare")
    unused = (
        workspace.workflows(named[3].list()[-1].sid),
        queue,
        workspace.workers.create(friendly_name="eve"),
        spare,
    )
    for each in unused:
        assert each.delete()


def walk_tasks(workspace, worker) -> None:
    made = workspace.tasks.create(attributes='{"a": 1}', workflow_sid=workspace.workflows.list()[0].sid)
    assert made.delete()
    for of_worker in (False, True):
        made = workspace.tasks.create(
            workflow_sid=workspace.workflows.list()[0].sid, routing_target=worker.sid, attributes="{}"
        )
        [reservation] = made.reservations.list()
        if of_worker:
            rows = workspace.workers(worker.sid).reservations
            reservation = next(each for each in rows.list() if each.task_sid == made.sid)
            rows(reservation.sid).fetch()
            rows(reservation.sid).update(reservation_status="rejected")
        else:
            reservation.update(reservation_status="accepted")
            made.update(assignment_status="completed", reason="done")


def walk(sandbox, root, talk: str) -> None:
    made = root.conversations.create(
        state="active",
        timers_inactive="PT5M",
        timers_closed="PT10M",
        friendly_name="Ada",
        attributes='{"a": 1}',
        unique_name="walk",
        bindings_email_address="us@example.com",
    )
    one = root.conversations("walk")
    one.fetch()
    made.update(attributes='{"a": 2}')
    person = made.participants.create(identity="ada", attributes="{}")
    one.participants.create(
        messaging_binding_address="ada@example.com", messaging_binding_proxy_address="us@example.com"
    )
    assert len(one.participants.list()) == 2
    one.participants(person.sid).fetch()
    one.participants(person.sid).update(last_read_message_index=0)
    assert len(root.participant_conversations.list(identity="ada")) == 1
    assert len(root.participant_conversations.list(address="ada@example.com")) == 1
    message = made.messages.create(body="hello", author="ada")
    assert len(one.messages.list(order="desc")) == 1
    one.messages(message.sid).update(body="hi")
    one.messages(message.sid).delete()
    one.participants(person.sid).delete()
    one.delete()
    talking = root.conversations(talk)
    sent = talking.messages.create(body="well?")
    sandbox.clock.advance("10s")
    fetched = talking.messages(sent.sid).fetch()
    assert fetched.delivery["delivered"] == "all"
    [receipt] = talking.messages(sent.sid).delivery_receipts.list()
    talking.messages(sent.sid).delivery_receipts(receipt.sid).fetch()
    assert len(root.conversations.list()) == 1
