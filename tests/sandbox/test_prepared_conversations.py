"""Interactions in a conversation that was there before, and with a customer who is in another."""

from __future__ import annotations

import pytest

CUSTOMER = "+15005550010"


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
