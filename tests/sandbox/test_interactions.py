"""Interactions: what Twilio answers to a good request, and what follows."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.sandbox import Sandbox

CUSTOMER = "+15005550010"


def test_an_interaction_answers_in_flexs_own_shape(sandbox, twilio, channel, routing, extra):
    made = twilio.flex_api.v1.interaction.create(
        channel=channel(),
        routing=routing(attributes={"customerName": "Ada", "customerAddress": CUSTOMER, "mine": "abc"}),
    )
    task = made.routing["properties"]
    assert made.routing["reservation"] is None
    assert task["assignment_status"] == "pending"
    assert task["routing_target"] == extra["worker_sid"]
    assert task["assignmentCounter"] == 0
    assert task["date_created"] == int(sandbox.clock.now().timestamp())
    attributes = json.loads(task["attributes"])
    assert attributes["mine"] == "abc"
    assert attributes["customers"] == {"name": "Ada", "phone": CUSTOMER, "email": None}
    assert attributes["flexInteractionSid"] == made.sid
    assert attributes["flexInteractionChannelSid"] == made.channel["sid"]
    assert attributes["direction"] == "outbound"
    assert attributes["conversations"]["media"][0]["sid"] == attributes["conversationSid"]
    view = sandbox.conversation(attributes["conversationSid"])
    assert [each.address for each in view.participants] == [CUSTOMER]
    assert (view.interaction_sid, view.task_sid) == (made.sid, task["sid"])


def test_the_life_of_an_interaction(sandbox: Sandbox, twilio, open_one, tasks):
    sids = open_one()
    channels = twilio.flex_api.v1.interaction(sids["interaction"]).channels
    assert [each.status for each in channels.list()] == ["active"]
    assert tasks(sids["task"]).fetch().assignment_status == "reserved"
    sandbox.clock.advance("3s")
    assert tasks(sids["task"]).fetch().assignment_status == "assigned"
    assert [each.type for each in channels(sids["channel"]).participants.list()] == ["customer", "agent"]
    assert [each.sid for each in channels(sids["channel"]).invites.list()] == [
        sids["attributes"]["flexChannelInviteSid"]
    ]
    people = twilio.conversations.v1.conversations(sids["conversation"]).participants.list()
    assert [each.identity for each in people] == [None, "ana"]

    assert channels(sids["channel"]).update(status="closed").status == "closed"
    assert tasks(sids["task"]).fetch().assignment_status == "wrapping"
    assert twilio.conversations.v1.conversations(sids["conversation"]).fetch().state == "closed"
    assert twilio.flex_api.v1.interaction(sids["interaction"]).fetch().channel["sid"] == sids["channel"]


def test_setup_takes_as_long_as_it_is_set_to(sandbox, twilio, open_one):
    sandbox.settings.channel_setup = "4s"
    sids = open_one()
    found = twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"])
    assert found.fetch().status == "setup"
    sandbox.clock.advance("4s")
    assert found.fetch().status == "active"


def test_a_channel_can_fail_after_a_good_answer(sandbox, twilio, open_one, tasks):
    fault = sandbox.faults.fail_channel(45352)
    sids = open_one()
    found = twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"]).fetch()
    assert (found.status, found.error_code) == ("failed", 45352)
    assert tasks(sids["task"]).fetch().assignment_status == "canceled"
    assert sandbox.conversation(sids["conversation"]).state == "active"
    assert fault.fired == 1


@pytest.mark.parametrize(
    ("changes", "type_", "address", "identity"),
    [
        (
            {
                "type": "whatsapp",
                "participants": [
                    {"address": "whatsapp:+15005550010", "proxy_address": "whatsapp:+15005550006"}
                ],
            },
            "whatsapp",
            "whatsapp:+15005550010",
            None,
        ),
        ({"type": "chat", "participants": [{"identity": "guest_42"}]}, None, None, "guest_42"),
        ({"type": "web", "participants": [{"identity": "guest_42"}]}, None, None, "guest_42"),
        (
            {
                "type": "email",
                "properties": {"type": "email", "from": "us@example.com", "from_name": "Us"},
                "participants": [
                    {"level": "to", "name": "Ada", "address": "ada@example.com", "type": "email"}
                ],
            },
            "email",
            "ada@example.com",
            None,
        ),
        (
            {
                "type": "messenger",
                "participants": [{"address": "messenger:42", "proxy_address": "messenger:43"}],
            },
            "messenger",
            "messenger:42",
            None,
        ),
    ],
)
def test_every_channel_has_its_kind_of_participant(sandbox, open_one, changes, type_, address, identity):
    sids = open_one(**changes)
    [person] = sandbox.conversation(sids["conversation"]).participants
    assert (person.type, person.address, person.identity) == (type_, address, identity)


def test_an_email_agent_writes_from_the_teams_address(sandbox, twilio, open_one):
    sids = open_one(
        type="email",
        properties={"from": "us@example.com", "from_name": "Us"},
        participants=[{"level": "to", "name": "Ada", "address": "ada@example.com"}],
    )
    sandbox.clock.advance("3s")
    agent = twilio.conversations.v1.conversations(sids["conversation"]).participants("ana").fetch()
    assert agent.messaging_binding == {"type": "email", "projected_address": "us@example.com", "name": "Us"}


def test_webhook_and_context_are_kept(twilio, channel, routing, refused):
    ttid = "flex_interactionwebhook_01k8xqfbaxfh5tpnqm2psh6238"
    made = twilio.flex_api.v1.interaction.create(
        channel=channel(), routing=routing(), interaction_context_sid="HQ" + "1" * 32, webhook_ttid=ttid
    )
    assert (made.interaction_context_sid, made.webhook_ttid) == ("HQ" + "1" * 32, ttid)
    assert made.update(webhook_ttid="flex_interactionwebhook_2").webhook_ttid == "flex_interactionwebhook_2"
    with refused(400, 20001):
        twilio.flex_api.v1.interaction.create(
            channel=channel(), routing=routing(), interaction_context_sid="HQ1"
        )


def test_samples_of_the_documentation_can_be_replayed(sandbox, twilio, refused):
    samples = {prefix: prefix + "X" * 32 for prefix in ("WS", "WW", "WQ", "WK")}
    channel = {
        "type": "whatsapp",
        "initiated_by": "agent",
        "properties": {"type": "whatsapp"},
        "participants": [
            {
                "address": "whatsapp:+1500-555-0010",
                "proxy_address": "whatsapp:+15005550006",
                "type": "whatsapp",
            }
        ],
    }
    routing = {
        "properties": {
            "workspace_sid": samples["WS"],
            "workflow_sid": samples["WW"],
            "queue_sid": samples["WQ"],
            "worker_sid": samples["WK"],
            "attributes": {"customerName": "Ada", "customerAddress": "whatsapp:+1500-555-0010"},
        }
    }
    with refused(400, 45366):
        twilio.flex_api.v1.interaction.create(channel=channel, routing=routing)
    sandbox.settings.accept_any_routing = True
    made = twilio.flex_api.v1.interaction.create(channel=channel, routing=routing)
    task = made.routing["properties"]
    assert task["workspace_sid"] == sandbox.connection()["extra"]["workspace_sid"]
    assert twilio.taskrouter.v1.workspaces(samples["WS"]).tasks(task["sid"]).fetch().sid == task["sid"]
    assert [each.address for each in sandbox.participants] == ["whatsapp:+1500-555-0010"]
