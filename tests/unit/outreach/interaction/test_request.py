"""The request of an outreach, made of the arguments, and the forms in which it is sent."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.interaction.request import read_spec
from airflow_provider_flexout.outreach.spec import OutreachSpec

CHAT = {"channel": "chat", "to": "ada", "initiated_by": "api"}
WITHOUT_PROPERTIES = {
    "type": "sms",
    "initiated_by": "agent",
    "participants": [{"address": "+12025550117", "proxy_address": "+12025550100"}],
}


def test_into_a_conversation_go_the_properties_and_no_participants(plan):
    channel = plan(**CHAT).channel_in("CH1")
    properties = {"type": "chat", "media_channel_sid": "CH1"}
    assert channel == {"type": "chat", "initiated_by": "api", "properties": properties}


def test_a_channel_without_properties_gets_the_conversation_as_its_only_one(plan):
    channel = plan(channel=WITHOUT_PROPERTIES).channel_in("CH1")
    properties = {"media_channel_sid": "CH1"}
    assert channel == {"type": "sms", "initiated_by": "agent", "properties": properties}


def test_who_has_no_address_has_one_form(plan):
    request = plan(**CHAT)
    assert list(request.forms()) == [request]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("to", "a\ud800b"),
        ("attributes", {"order": "a\ud800b"}),
        ("validate", "no"),
        ("customer_name", [1]),
        ("subject", "a\0b"),
    ],
)
def test_the_argument_that_cannot_be_read_is_named(name, value):
    with pytest.raises(InvalidInput, match=f"^{name}: "):
        read_spec(OutreachSpec(**{name: value}))


def test_what_was_given_is_read_as_a_text_or_as_plain_json():
    read = read_spec(OutreachSpec(customer_name=17, attributes={"order": 7}, to=b"ada"))
    assert (read.customer_name, read.attributes, read.to) == ("17", {"order": 7}, "ada")


@pytest.mark.parametrize(
    "given",
    [
        {"interaction_context_sid": "HQ1"},
        {"attributes": ["order"]},
        {"subject": "one\ntwo"},
        {"strategy": "two_calls"},
        {"routing": {"workflow_sid": "WW1"}},
    ],
)
def test_the_argument_that_is_wrong_is_named(plan, given):
    (name,) = given
    with pytest.raises(InvalidInput, match=f"^{name}[: .]"):
        plan(**given)


def test_what_is_not_validated_is_left_to_twilio(plan):
    request = plan(interaction_context_sid="HQ1", routing={"workflow_sid": "WW1"}, validate=False)
    assert request.interaction_context_sid == "HQ1"
    assert request.routing["properties"]["workflow_sid"] == "WW1"


def test_the_agent_sees_the_name_the_address_and_the_subject_unless_attributes_say_otherwise(plan):
    routing = plan(subject="Order 7", attributes={"order": 7, "customerName": "A."}).routing
    attributes = routing["properties"]["attributes"]
    seen = {"customerName": "A.", "customerAddress": "+12025550117", "subject": "Order 7", "order": 7}
    assert {name: attributes.get(name) for name in seen} == seen


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "email"])
def test_whoever_is_in_a_conversation_already_needs_no_address(plan, channel):
    sid = "CH" + "0" * 32
    request = plan(channel=channel, to=None, initiated_by="customer", media_channel_sid=sid)
    assert "customerAddress" not in request.routing["properties"]["attributes"]


TWO = WITHOUT_PROPERTIES | {"participants": 2 * WITHOUT_PROPERTIES["participants"]}
GIVEN = {"to": None, "initiated_by": "customer", "media_channel_sid": "CH" + "0" * 32}


@pytest.mark.parametrize(
    ("given", "strategy"),
    [
        ({}, "conversation_first"),
        ({"channel": TWO, "validate": False}, "one_call"),
        ({"channel": "email", "to": "ada@example.com", "subject": "Hello"}, "one_call"),
        ({"strategy": "one_call"}, "one_call"),
        ({"channel": "email", "to": "ada@example.com", "strategy": "one_call"}, "one_call"),
        (GIVEN | {"strategy": "conversation_first"}, "conversation_first"),
    ],
)
def test_one_customer_is_added_to_a_named_conversation_first(plan, given, strategy):
    assert plan(**given).strategy == strategy


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"channel": TWO, "validate": False}, "needs one participant"),
        ({"channel": "email", "to": "ada@example.com", "subject": "Hello"}, "is not possible on email"),
    ],
)
def test_conversation_first_is_refused_where_it_is_not_possible(plan, given, why):
    with pytest.raises(InvalidInput, match=f'^strategy: conversation_first {why}; pass strategy="one_call"'):
        plan(**given, strategy="conversation_first")
