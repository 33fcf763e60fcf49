"""Routing a conversation that exists already."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.conversation.create_once import create_once
from airflow_provider_flexout.outreach.conversation.request import build_request
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ConversationEnded
from airflow_provider_flexout.outreach.interaction.conversation_first import ExistingConversation
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.twilio.api.conversations import (
    delete_conversation,
    fetch_conversation,
    update_conversation,
)
from airflow_provider_flexout.twilio.api.interactions import create_interaction
from airflow_provider_flexout.twilio.http.errors import RequestRejected
from tests.crash.faults import Interrupted

CUSTOMER = "+12025550117"


def given(conversation_sid):
    return {"to": None, "initiated_by": "customer", "media_channel_sid": conversation_sid}


@pytest.fixture
def route(client, plan, sandbox):
    """Make one attempt, under a name of its own."""

    def run(attempt_id, conversation_sid, **arguments):
        request = plan(**given(conversation_sid), **arguments)
        return client.run(ExistingConversation(request, attempt_id, sandbox.clock.time).open())

    return run


@pytest.fixture
def attributes_of(client):
    return lambda sid: client.send(fetch_conversation(sid)).attribute_object


def test_a_conversation_that_a_customer_began_is_routed_once(attempt, sandbox, elsewhere):
    arguments = {"to": None, "initiated_by": "customer", "media_channel_sid": elsewhere}
    first = attempt(**arguments)
    assert (first.conversation_sid, first.created) == (elsewhere, True)
    second = attempt(**arguments, retried=True)
    assert second.as_dict() == first.as_dict() | {"created": False}
    assert len(sandbox.interactions) == 1
    with pytest.raises(AlreadyTalking):
        attempt(**arguments, key=derive_key("another"))


def test_the_record_of_one_that_began_without_an_agent_stays(
    attempt, client, sandbox, defaults, attributes_of
):
    begun = build_request(
        OutreachSpec(channel="sms", to=CUSTOMER, on_reply="pipeline"), key="fx0", defaults=defaults
    )
    opened = client.run(create_once(begun))
    arguments = {"to": None, "initiated_by": "customer", "media_channel_sid": opened.conversation_sid}
    record = attributes_of(opened.conversation_sid)[durable.RECORD_ATTRIBUTE]
    sandbox.faults.fail("CreateInteraction", 400)
    with pytest.raises(RequestRejected):
        attempt(**arguments)
    attributes = attributes_of(opened.conversation_sid)
    assert attributes[durable.RECORD_ATTRIBUTE] == record
    assert attributes[durable.ROUTING_RECORD_ATTRIBUTE]["key"] == durable.derive_key("test")
    first, second = attempt(**arguments), attempt(**arguments, retried=True)
    assert second.as_dict() == first.as_dict() | {"created": False}
    again = client.run(create_once(begun))
    assert (again.conversation_sid, again.created) == (opened.conversation_sid, False)
    assert len(sandbox.interactions) == len(sandbox.conversations) == 1


def test_one_that_is_gone_or_closed_cannot_be_routed(attempt, client, elsewhere):
    arguments = {"to": None, "initiated_by": "customer", "media_channel_sid": elsewhere}
    client.send(update_conversation(elsewhere, state="closed"))
    with pytest.raises(ConversationEnded, match="is closed"):
        attempt(**arguments)
    client.send(delete_conversation(elsewhere))
    with pytest.raises(ConversationEnded, match=f"There is no conversation {elsewhere}"):
        attempt(**arguments)


def test_the_record_with_the_lease_is_written_before_the_interaction_is_created(
    route, client, sandbox, elsewhere, attributes_of
):
    client.send(update_conversation(elsewhere, attributes={"vip": True}))
    sandbox.faults.fail("CreateInteraction", 400)
    sandbox.requests.clear()
    with pytest.raises(RequestRejected):
        route("first", elsewhere)
    sent = [one.operation for one in sandbox.requests if one.method == "POST"]
    assert sent == ["UpdateConversation", "CreateInteraction"]
    attributes = attributes_of(elsewhere)
    record = OutreachRecord.read(attributes)
    assert attributes["vip"]
    assert record.lease_holder == "first"
    assert (record.key, record.lease_ttl, record.sids) == (derive_key("test"), timing.LEASE_TTL, None)


def test_a_retry_writes_the_sids_down_where_the_first_attempt_could_not(
    route, client, sandbox, elsewhere, attributes_of
):
    sandbox.faults.drop_response("CreateInteraction")
    first = route("first", elsewhere)
    record = OutreachRecord.read(attributes_of(elsewhere))
    bare = record.with_lease("killed", timing.LEASE_TTL).write_into({"vip": True})
    bare[durable.RECORD_ATTRIBUTE].pop("sids")
    client.send(update_conversation(elsewhere, attributes=bare))
    assert OutreachRecord.read(attributes_of(elsewhere)).sids is None
    second = route("second", elsewhere, retried=True)
    attributes = attributes_of(elsewhere)
    written = OutreachRecord.read(attributes)
    assert second.as_dict() == first.as_dict() | {"created": False}
    assert attributes["vip"]
    assert written.lease_holder == "second"
    assert written.result(elsewhere) == second
    assert len(sandbox.interactions) == 1


def test_one_that_another_outreach_routed_is_taken_even_when_its_task_is_gone(
    attempt, client, plan, elsewhere, sandbox
):
    theirs = plan(key=derive_key("another"))
    record = new_record(theirs, "other", 0.0).write_into({})
    record[durable.RECORD_ATTRIBUTE]["sids"] = {"interaction_sid": "KD" + "0" * 32}
    client.send(update_conversation(elsewhere, attributes=json.loads(json.dumps(record))))
    with pytest.raises(AlreadyTalking, match=elsewhere):
        attempt(**given(elsewhere))
    assert sandbox.interactions == []


def test_one_that_an_agent_has_already_is_not_routed(route, client, plan, elsewhere, sandbox):
    """No record of ours tells of it, as where Twilio's Studio has called the agent."""
    theirs = plan(**given(elsewhere))
    client.send(create_interaction(theirs.channel, theirs.routing))
    with pytest.raises(AlreadyTalking, match=elsewhere):
        route("first", elsewhere)
    assert [one.operation for one in sandbox.requests].count("CreateInteraction") == 1


def test_its_task_is_looked_at_since_another_may_have_routed_it_at_the_same_moment(route, elsewhere, sandbox):
    """Twilio may drop a second interaction on one conversation, and respond as if it were there."""
    sandbox.requests.clear()
    route("first", elsewhere)
    assert [one.operation for one in sandbox.requests] == [
        "FetchConversation",
        "ListTask",
        "UpdateConversation",
        "CreateInteraction",
        "FetchTask",
        "UpdateConversation",
    ]


def test_who_is_interrupted_gives_the_lease_back_by_its_sid(client, plan, elsewhere, sandbox):
    """It has no name of ours."""
    steps = ExistingConversation(plan(**given(elsewhere)), "first", sandbox.clock.time).open()
    step = next(steps)
    while step.name != "CreateInteraction":
        step = steps.send(client.send(step))
    assert steps.throw(Interrupted()).path.endswith(f"/Conversations/{elsewhere}")
