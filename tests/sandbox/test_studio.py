"""Studio: whose messages start a flow, and what each kind of flow makes of the conversation."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException

CUSTOMER = "+15005550010"


@pytest.fixture
def talk(twilio, extra):
    """A conversation with a customer, and no agent."""
    made = twilio.conversations.v1.conversations.create(attributes='{"order": 4711}')
    made.participants.create(
        messaging_binding_address=CUSTOMER, messaging_binding_proxy_address=extra["sms_from"]
    )
    return made


def register(talk, flow_sid, **options):
    return talk.webhooks.create(target="studio", configuration_flow_sid=flow_sid, **options)


def statuses(sandbox):
    return [each.status for each in sandbox.flow_executions]


def test_a_reply_makes_one_task_with_the_attributes_of_the_conversation(sandbox, talk, extra):
    register(talk, extra["studio_flow_sid"])
    talk.messages.create(author="system", body="Your parcel is late.")
    assert (sandbox.tasks, sandbox.flow_executions) == ([], ())
    sandbox.customer(CUSTOMER).says("Where is it?")
    (task,) = sandbox.tasks
    assert task.attributes["order"] == 4711
    assert task.attributes["conversationSid"] == talk.sid
    assert task.attributes["initiatedBy"] == "customer"
    assert statuses(sandbox) == ["ended"]
    sandbox.customer(CUSTOMER).says("Hello?")
    assert len(sandbox.tasks) == 1
    assert talk.webhooks.list() == []  # Flex takes the webhook away when the agent's task is made


def test_a_message_with_the_customer_as_its_author_is_the_customers(sandbox, talk, extra):
    register(talk, extra["studio_flow_sid"])
    talk.messages.create(author=CUSTOMER, body="Hello?")
    assert len(sandbox.tasks) == 1


@pytest.mark.parametrize(("header", "tasks"), [("true", 1), ("false", 0)])
def test_what_is_sent_through_rest_starts_a_flow_only_where_it_asks_for_webhooks(
    sandbox, talk, extra, header, tasks
):
    register(talk, extra["studio_flow_sid"])
    talk.messages.create(author="system", body="Hello.", x_twilio_webhook_enabled=header)
    sandbox.clock.run_due()
    assert len(sandbox.tasks) == tasks


def test_what_came_before_the_webhook_is_made_up_for_by_replay_after(sandbox, talk, extra):
    talk.messages.create(author="system", body="Your parcel is late.")
    sandbox.customer(CUSTOMER).says("Where is it?")
    register(talk, extra["studio_flow_sid"], configuration_replay_after=2)
    sandbox.clock.run_due()
    assert sandbox.tasks == []
    register(talk, extra["studio_flow_sid"], configuration_replay_after=0)
    sandbox.clock.run_due()
    assert len(sandbox.tasks) == 1


def test_studio_may_be_late(sandbox, talk, extra):
    sandbox.settings.update({"studio_delay": "30s"})
    register(talk, extra["studio_flow_sid"])
    sandbox.customer(CUSTOMER).says("Where is it?")
    sandbox.clock.advance("29s")
    assert sandbox.tasks == []
    sandbox.clock.advance("1s")
    assert len(sandbox.tasks) == 1


@pytest.mark.parametrize("choice", ["refuse", "drop", "accept"])
@pytest.mark.parametrize("kind", ["send_to_flex", "bot_first"])
def test_who_writes_twice_before_studio_begins_gets_one_task(sandbox, talk, choice, kind):
    sandbox.settings.update({"studio_delay": "30s", "second_interaction": choice})
    register(talk, sandbox.studio_flow("Flow", kind).sid)
    for text in ("Where is it?", "Hello?", "Is anybody there?"):
        sandbox.customer(CUSTOMER).says(text)
        sandbox.clock.advance("1s")
    sandbox.clock.advance("1h")
    assert (len(sandbox.tasks), statuses(sandbox)) == (1, ["ended"])


@pytest.mark.parametrize(("choice", "tasks"), [("refuse", 1), ("drop", 1), ("accept", 2)])
def test_two_webhooks_are_two_executions(sandbox, talk, extra, choice, tasks):
    sandbox.settings.update({"second_interaction": choice})
    register(talk, extra["studio_flow_sid"])
    register(talk, extra["studio_flow_sid"])
    sandbox.customer(CUSTOMER).says("Where is it?")
    assert len(sandbox.tasks) == tasks
    assert statuses(sandbox) == ["ended", "failed" if choice == "refuse" else "ended"]


def test_a_bot_answers_first_and_hands_over_at_the_next_message(sandbox, talk):
    flow = sandbox.studio_flow("Bot", "bot_first", says="Order number, please?")
    register(talk, flow.sid)
    sandbox.customer(CUSTOMER).says("Where is it?")
    assert [each.body for each in sandbox.messages] == ["Where is it?", "Order number, please?"]
    assert (sandbox.tasks, statuses(sandbox)) == ([], ["active"])
    sandbox.customer(CUSTOMER).says("4711")
    assert (len(sandbox.tasks), statuses(sandbox)) == (1, ["ended"])


def test_a_flow_that_fails_makes_no_task_and_runs_again(sandbox, talk):
    register(talk, sandbox.studio_flow("Broken", "fails").sid)
    sandbox.customer(CUSTOMER).says("Where is it?")
    sandbox.customer(CUSTOMER).says("Hello?")
    assert (sandbox.tasks, statuses(sandbox)) == ([], ["failed", "failed"])


def test_a_conversation_that_is_closed_meanwhile_fails_the_execution(sandbox, talk, extra):
    sandbox.settings.update({"studio_delay": "30s"})
    register(talk, extra["studio_flow_sid"])
    sandbox.customer(CUSTOMER).says("Where is it?")
    talk.update(state="closed")
    sandbox.clock.advance("30s")
    (execution,) = sandbox.flow_executions
    assert "closed" in execution.error


def test_routing_of_a_flow(sandbox, talk, extra):
    queue_sid = extra["queue_sid"]
    flow = sandbox.studio_flow("Priority", routing={"queue_sid": queue_sid, "priority": 7})
    register(talk, flow.sid)
    sandbox.customer(CUSTOMER).says("Where is it?")
    (task,) = sandbox.tasks
    assert (task.queue_sid, task.priority) == (queue_sid, 7)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"kind": "telepathy"}, "kind is one of send_to_flex, bot_first, fails"),
        ({"says": "Hello"}, "says belongs to bot_first"),
        ({"routing": {"queue_sid": "WQ" + "0" * 32}}, "queue_sid"),
    ],
)
def test_a_flow_that_cannot_be_is_refused(sandbox, arguments, problem):
    with pytest.raises(ValueError, match=problem):
        sandbox.studio_flow("Odd", **arguments)


def test_a_wrong_flow_is_refused(talk):
    with pytest.raises(TwilioRestException) as refused:
        register(talk, "FW" + "0" * 32)
    assert (refused.value.status, refused.value.code) == (400, 50367)


def test_a_studio_webhook_needs_a_flow(talk):
    with pytest.raises(TwilioRestException, match="FlowSid"):
        talk.webhooks.create(target="studio")


def test_flows_over_http(sandbox, http, talk):
    added = http.post("/sandbox/studio_flows", json={"name": "Bot", "kind": "bot_first"}).json()
    register(talk, added["sid"])
    sandbox.customer(CUSTOMER).says("Where is it?")
    shown = http.get("/sandbox/studio_flows").json()
    assert [each["name"] for each in shown["studio_flows"]] == ["Send to Flex", "Bot"]
    assert [each["status"] for each in shown["executions"]] == ["active"]
    assert http.post("/sandbox/studio_flows", json={"name": "Odd", "kind": "odd"}).status_code == 400


def test_a_flow_shows_in_the_timeline(sandbox, talk, extra):
    register(talk, extra["studio_flow_sid"])
    sandbox.customer(CUSTOMER).says("Where is it?")
    sandbox.clock.run_due()
    shown = [each.facts for each in sandbox._store.events.newest(50) if each.kind == "studio"]
    assert shown == [
        {"flow": "Send to Flex", "status": "started", "error": None},
        {"flow": "Send to Flex", "status": "ended", "error": None},
    ]
