"""More than one agent: invites, participants who come and go, and webhooks that would hear of it."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def one(sandbox, twilio, open_one):
    """An interaction that ana has accepted: its channel and all SIDs."""

    def make(**changes):
        sids = open_one(routed={"attributes": {"customerName": "Ada", "order": 7}}, **changes)
        sandbox.clock.advance("1m")
        return twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"]), sids

    return make


@pytest.fixture
def to(extra, twilio):
    """Make ``Routing`` for an invite of a worker."""
    workers = twilio.taskrouter.v1.workspaces(extra["workspace_sid"]).workers
    sids = {each.friendly_name: each.sid for each in workers.list()}

    def make(worker, **changes):
        properties = {"workspace_sid": extra["workspace_sid"], "worker_sid": sids.get(worker)} | changes
        return {"properties": {name: value for name, value in properties.items() if value is not None}}

    return make


def agents(sandbox):
    return {each.identity for each in sandbox.participants if each.identity}


def test_an_invited_agent_gets_a_task_without_the_first_ones_attributes(sandbox, one, to, tasks):
    channel, sids = one()
    invited = channel.invites.create(routing=to("ben"))
    copy = invited.routing["properties"]
    attributes = json.loads(copy["attributes"])
    assert "order" not in attributes
    assert attributes["flexChannelInviteSid"] == invited.sid != sids["attributes"]["flexChannelInviteSid"]
    assert attributes["conversationSid"] == sids["conversation"]
    assert [each.sid for each in channel.invites.list()] == [
        sids["attributes"]["flexChannelInviteSid"],
        invited.sid,
    ]
    sandbox.clock.advance("3s")
    assert agents(sandbox) == {"ana", "ben"}
    assert tasks(copy["sid"]).fetch().assignment_status == "assigned"
    expression = f"flexInteractionChannelSid == '{sids['channel']}'"
    assert len(tasks.list(evaluate_task_attributes=expression)) == 2


def test_a_declined_invite_is_canceled_and_the_first_agent_stays(sandbox, one, to, tasks):
    sandbox.agent("ben").declines()
    channel, _ = one()
    task = channel.invites.create(routing=to("ben")).routing["properties"]["sid"]
    sandbox.clock.advance("3s")
    assert tasks(task).fetch().assignment_status == "canceled"
    assert agents(sandbox) == {"ana"}


@pytest.mark.parametrize(("status", "task_status"), [("closed", "completed"), ("wrapup", "wrapping")])
def test_an_agent_who_leaves_leaves_the_conversation_open(sandbox, one, tasks, status, task_status):
    channel, sids = one()
    [agent] = [each for each in channel.participants.list() if each.type == "agent"]
    channel.participants(agent.sid).update(status=status)
    assert tasks(sids["task"]).fetch().assignment_status == task_status
    assert channel.fetch().status == "active"
    assert sandbox.conversation(sids["conversation"]).state == "active"
    assert agents(sandbox) == set()
    assert [each.type for each in channel.participants.list()] == ["customer"]


def test_a_parked_channel_wakes_with_the_next_agent(sandbox, one, to):
    channel, _ = one()
    channel.update(status="inactive", routing={"status": "closed"})
    assert (channel.fetch().status, agents(sandbox)) == ("inactive", set())
    channel.invites.create(routing=to("chloe"))
    assert channel.fetch().status == "inactive"
    sandbox.clock.advance("3s")
    assert (channel.fetch().status, agents(sandbox)) == ("active", {"chloe"})


def test_who_is_not_the_last_agent_only_leaves(sandbox, one, to):
    sandbox.agent("ana").finishes(after="5m")
    sandbox.agent("ben").finishes(after="10m")
    channel, sids = one()
    channel.invites.create(routing=to("ben"))
    sandbox.clock.advance("5m")
    assert agents(sandbox) == {"ben"}
    assert sandbox.conversation(sids["conversation"]).state == "active"
    sandbox.clock.advance("10m")
    assert sandbox.conversation(sids["conversation"]).state == "closed"


def test_closing_ends_open_invites(sandbox, one, to, tasks):
    sandbox.agent("ben").away()
    channel, _ = one()
    task = channel.invites.create(routing=to("ben")).routing["properties"]["sid"]
    channel.update(status="closed")
    assert tasks(task).fetch().assignment_status == "canceled"


def test_others_join_as_participants(sandbox, one):
    channel, sids = one()
    added = channel.participants.create(type="external", media_properties={"identity": "expert"})
    assert (added.type, added.routing_properties) == ("external", None)
    assert "expert" in agents(sandbox)
    email = {
        "type": "email",
        "initiated_by": "agent",
        "properties": {"from": "us@x.example", "from_name": "Us"},
    }
    person = {"level": "to", "name": "Ada", "address": "ada@x.example"}
    mail, sids = one(**email, participants=[person])
    mail.participants.create(
        type="customer", media_properties=person | {"level": "cc", "address": "b@x.example"}
    )
    addresses = {each.address for each in sandbox.conversation(sids["conversation"]).participants}
    assert {"ada@x.example", "b@x.example"} <= addresses


def test_wrong_participants_are_refused(sandbox, one, refused):
    channel, _ = one()
    broken = {"level": "cc", "name": "Ada\nBcc: x", "address": "b@x.example"}
    wrong = (("agent", {"identity": "ben"}), ("customer", {}), ("customer", {"type": "sms"}))
    for kind, media in (*wrong, ("customer", broken)):
        with refused(400, 45367):
            channel.participants.create(type=kind, media_properties=media)
    [customer] = [each for each in channel.participants.list() if each.type == "customer"]
    with refused(400, 20001):
        channel.participants(customer.sid).update(status="closed")
    with refused(400, 20001):
        channel.participants(customer.sid).update(status="gone")
    with refused(404, 20404):
        channel.participants("UT" + "0" * 32).update(status="closed")


def test_wrong_invites_are_refused(one, to, refused, extra):
    channel, _ = one()
    with refused(400, 45004):
        channel.invites.create(routing="{")
    for wrong in ({"workspace_sid": None}, {"worker_sid": "WK" + "0" * 32}, {"colour": "red"}):
        with refused(400, 45366):
            channel.invites.create(routing=to("ben", **wrong))
    with refused(400, 20001):
        channel.invites.create(routing=to("ben", attributes={"x": "y" * 4096}))
    channel.update(status="closed")
    with refused(400, 80906):
        channel.invites.create(routing=to("ben"))
    with refused(400, 80906):
        channel.participants.create(type="external", media_properties={"identity": "expert"})


def test_webhooks_are_registered_changed_and_removed(http, extra):
    path = f"/v1/Instances/{extra['instance_sid']}/InteractionWebhooks"
    wanted = {
        "WebhookEvents": ["onChannelCreated", "onChannelCreateFailed"],
        "WebhookUrl": "https://example.com/hear",
        "Type": "interaction",
    }
    made = http.post(path, data=wanted)
    assert made.status_code == 201
    shown = made.json()
    assert shown["webhook_events"] == wanted["WebhookEvents"]
    assert (shown["webhook_method"], shown["type"]) == ("POST", "interaction")
    assert [each["ttid"] for each in http.get(path).json()["data"]] == [shown["ttid"]]
    one = f"{path}/{shown['ttid']}"
    assert http.post(one, data={"FriendlyName": "Ears"}).json()["friendly_name"] == "Ears"
    assert http.get(one).json()["webhook_url"] == wanted["WebhookUrl"]
    assert http.delete(one).status_code == 204
    assert http.get(one).status_code == 404
    assert http.get("/v1/Instances/GO" + "0" * 32 + "/InteractionWebhooks").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"WebhookEvents": "onChannelCreated"},
        {"WebhookUrl": "https://example.com"},
        {"WebhookUrl": "example.com", "WebhookEvents": "onChannelCreated"},
        {"WebhookUrl": "https://example.com", "WebhookEvents": "onEverything"},
        {"WebhookUrl": "https://example.com", "WebhookEvents": "onChannelCreated", "Filters": "x"},
    ],
)
def test_wrong_webhooks_are_refused(http, extra, wrong):
    answer = http.post(f"/v1/Instances/{extra['instance_sid']}/InteractionWebhooks", data=wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
