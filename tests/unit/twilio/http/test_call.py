"""A call is a value, whose values stay in their place."""

from __future__ import annotations

import httpx

from airflow_provider_flexout.twilio.api import conversations
from airflow_provider_flexout.twilio.http.call import RetrySafety, read, write
from airflow_provider_flexout.twilio.http.resource import Resource
from tests.unit.twilio.http.responses import CH, READ, page


def test_values_cannot_climb_out_of_their_place_in_a_path(client, network):
    network.will(httpx.Response(200, json={"sid": CH}))
    client.send(conversations.fetch_conversation("../Services?x=1"))
    assert network.requests[0].url.raw_path == b"/v1/Conversations/..%2FServices%3Fx%3D1"


def test_the_address_is_escaped_in_the_query(client, network):
    network.will(page("conversations", [], None))
    client.send(conversations.list_participant_conversations(address="+13115552368"))
    assert network.requests[0].url.query == b"Address=%2B13115552368"


def test_a_form_leaves_out_what_is_none_and_writes_objects_as_json_and_tuples_as_fields():
    form = {"A": None, "B": {"c": "ö"}, "D": ("x", "y"), "E": 7}
    call = write("CreateX", "flex-api", "/v1/X", Resource, form, RetrySafety.IDEMPOTENT)
    assert call.form == {"B": '{"c":"ö"}', "D": ("x", "y"), "E": "7"}
    assert read("ListX", "flex-api", "/v1/X", Resource, A=None, B=7).query == {"B": "7"}


def test_a_call_with_a_condition_or_a_limit_is_another_value():
    assert READ.if_match(None) is READ
    assert READ.if_match('"7"').headers == {"If-Match": '"7"'}
    assert READ.within(5).start_within == 5
    assert (READ.headers, READ.start_within) == ({}, None)


def test_a_repr_shows_the_name_and_no_value():
    shown = repr(conversations.list_participant_conversations(address="+13115552368"))
    assert shown == "<Call ListParticipantConversation GET conversations>"
