"""Interactions: what Twilio answers to a good request, what it refuses, and what follows."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.sandbox import Sandbox

CUSTOMER = "+15005550010"
OTHER = "CH" + "0" * 32


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


def test_a_taken_pair_leaves_the_customer_out(sandbox, open_one):
    first = open_one()
    second = open_one()
    assert second["conversation"] != first["conversation"]
    assert sandbox.conversation(second["conversation"]).participants == ()
    sandbox.clock.advance("3s")
    assert [each.identity for each in sandbox.conversation(second["conversation"]).participants] == ["ana"]


def test_a_taken_pair_can_be_refused_instead(sandbox, open_one, refused):
    sandbox.settings.taken_pair = "refuse"
    first = open_one()
    with refused(409, 50416) as error:
        open_one()
    assert first["conversation"] in error.message
    assert len(sandbox.interactions) == 1


@pytest.fixture
def prepared(twilio, extra):
    """A conversation that waits for its interaction."""
    conversation = twilio.conversations.v1.conversations.create()
    conversation.participants.create(
        messaging_binding_address=CUSTOMER, messaging_binding_proxy_address=extra["sms_from"]
    )
    return conversation


def test_a_prepared_conversation_is_used(sandbox, open_one, prepared):
    sids = open_one(participants=None, properties={"media_channel_sid": prepared.sid})
    assert sids["conversation"] == prepared.sid
    assert sandbox.conversation(prepared.sid).channel_sid == sids["channel"]
    assert len(sandbox.conversations) == 1


def test_a_conversation_has_one_channel(sandbox, open_one, prepared, refused):
    asked = {"participants": None, "properties": {"media_channel_sid": prepared.sid}}
    open_one(**asked)
    with refused(400, 45353) as error:
        open_one(**asked)
    assert prepared.sid in error.message
    assert len(sandbox.interactions) == 1


def test_a_second_channel_can_be_dropped_in_silence(sandbox, twilio, open_one, prepared, refused, tasks):
    sandbox.settings.second_interaction = "drop"
    asked = {"participants": None, "properties": {"media_channel_sid": prepared.sid}}
    first, second = open_one(**asked), open_one(**asked)
    assert second["interaction"] != first["interaction"]
    assert second["conversation"] == prepared.sid
    assert [each.sid for each in sandbox.interactions] == [first["interaction"]]
    with refused(404, 20404):
        tasks(second["task"]).fetch()
    with refused(404, 20404):
        twilio.flex_api.v1.interaction(second["interaction"]).fetch()


def test_a_second_channel_can_be_accepted(sandbox, open_one, prepared):
    sandbox.settings.second_interaction = "accept"
    asked = {"participants": None, "properties": {"media_channel_sid": prepared.sid}}
    first, second = open_one(**asked), open_one(**asked)
    assert {each.sid for each in sandbox.tasks} == {first["task"], second["task"]}


def test_no_channel_for_a_closed_conversation(open_one, prepared, refused):
    prepared.update(state="closed")
    with refused(400, 45354):
        open_one(participants=None, properties={"media_channel_sid": prepared.sid})


def test_no_channel_for_an_empty_conversation(twilio, open_one, refused):
    empty = twilio.conversations.v1.conversations.create()
    with refused(400, 45355):
        open_one(participants=None, properties={"media_channel_sid": empty.sid})


def test_a_customer_must_be_there_before_a_customer_begins(twilio, open_one, refused, prepared):
    agents = twilio.conversations.v1.conversations.create()
    agents.participants.create(identity="ana")
    begun = {"participants": None, "initiated_by": "customer"}
    with refused(400, 45366):
        open_one(**begun, properties={"media_channel_sid": agents.sid})
    sids = open_one(
        **begun,
        properties={"media_channel_sid": prepared.sid},
        routed={"worker_sid": None, "queue_sid": None},
    )
    assert sids["attributes"]["direction"] == "inbound"


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "fax"},
        {"type": None},
        {"initiated_by": "robot"},
        {"participants": None},
        {"participants": {}, "properties": []},
        {"participants": ["Ada"]},
        {"surprise": 1},
        {"properties": {"surprise": 1}},
        {"properties": {"media_channel_sid": "nonsense"}},
        {"participants": None, "properties": {"media_channel_sid": OTHER}},
        {"initiated_by": "customer", "participants": None},
        {"properties": {"media_channel_sid": OTHER}},
        {"participants": [{"address": "+1500-555-0010", "proxy_address": "+15005550006"}]},
        {"participants": [{"address": "+15005550010"}]},
        {"participants": [{"address": "+15005550010", "proxy_address": "+15005550010"}]},
        {"participants": [{"address": "+15005550010", "proxy_address": "whatsapp:+15005550006"}]},
        {"participants": [{"address": 15005550010, "proxy_address": "+15005550006"}]},
        {"type": "chat"},
        {"type": "email", "participants": [{"level": "to", "name": "Ada", "address": "ada@example.com"}]},
        {
            "type": "email",
            "properties": {"from": "us@example.com", "from_name": "Us"},
            "participants": [{"level": "boss", "name": "Ada", "address": "ada@example.com"}],
        },
    ],
)
def test_a_wrong_channel_is_refused(sandbox, open_one, refused, changes):
    with refused(400, 45366):
        open_one(**changes)
    assert (sandbox.interactions, sandbox.conversations, sandbox.tasks) == ([], [], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"worker_sid": None},
        {"queue_sid": None},
        {"workspace_sid": None},
        {"workspace_sid": "WS" + "X" * 32},
        {"workflow_sid": "WW" + "0" * 32},
        {"queue_sid": "WQ" + "0" * 32},
        {"worker_sid": "WK" + "0" * 32},
        {"task_channel_unique_name": "pigeon"},
        {"task_channel_sid": "TC" + "0" * 32},
        {"priority": -1},
        {"timeout": 1_209_601},
        {"attributes": "text"},
        {"surprise": 1},
    ],
)
def test_a_wrong_routing_is_refused(sandbox, open_one, refused, changes):
    with refused(400, 45366):
        open_one(routed=changes)
    assert sandbox.interactions == []


@pytest.mark.parametrize("document", ["{", "[]", '"text"', "{'type': 'sms'}"])
def test_documents_that_are_no_json_objects_are_refused(twilio, channel, routing, refused, document):
    with refused(400, 45004):
        twilio.flex_api.v1.interaction.create(channel=document, routing=routing())
    with refused(400, 45004):
        twilio.flex_api.v1.interaction.create(channel=channel(), routing=document)


def test_routing_can_not_be_left_out(twilio, channel, refused):
    with refused(400, 45366):
        twilio.flex_api.v1.interaction.create(channel=channel())


def test_attributes_of_a_task_have_a_limit(sandbox, open_one, refused):
    with refused(400, 20001):
        open_one(routed={"attributes": {"long": "x" * 4000}})
    assert sandbox.conversations == []
    open_one(routed={"attributes": {"long": "x" * 3000}})


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


def test_closing_can_complete_the_task(sandbox, twilio, open_one, tasks, refused):
    sids = open_one()
    sandbox.clock.advance("3s")
    found = twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"])
    found.update(status="closed", routing={"status": "closed"})
    assert tasks(sids["task"]).fetch().assignment_status == "completed"
    with refused(400, 80906):
        found.update(status="closed")
    sandbox.settings.close_twice = "accept"
    assert found.update(status="closed").status == "closed"


def test_closing_before_anybody_accepts_cancels_the_task(twilio, open_one, tasks):
    sids = open_one()
    twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"]).update(status="closed")
    assert tasks(sids["task"]).fetch().assignment_status == "canceled"


def test_a_parked_channel_keeps_its_conversation(sandbox, twilio, open_one, tasks, refused):
    sids = open_one()
    sandbox.clock.advance("3s")
    found = twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"])
    with refused(400, 20001):
        found.update(status="inactive")
    assert found.update(status="inactive", routing={"status": "closed"}).status == "inactive"
    assert tasks(sids["task"]).fetch().assignment_status == "completed"
    view = sandbox.conversation(sids["conversation"])
    assert view.state == "active"
    assert [each.identity for each in view.participants] == [None]


def test_wrong_ways_to_close(http, twilio, open_one, refused):
    sids = open_one()
    path = f"/v1/Interactions/{sids['interaction']}/Channels/{sids['channel']}"
    assert http.post(path).json()["code"] == 45358
    assert http.post(path, data={"Status": "gone"}).json()["code"] == 45359
    wrong = http.post(path, data={"Status": "closed", "Routing": '{"status":"wrapup"}'})
    assert (wrong.status_code, wrong.json()["code"]) == (400, 20001)
    with refused(404, 20404):
        twilio.flex_api.v1.interaction(sids["interaction"]).channels("UO" + "0" * 32).fetch()


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
