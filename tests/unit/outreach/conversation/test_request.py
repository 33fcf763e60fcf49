"""The request for a conversation without an agent, made of the arguments and the connection."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.conversation.create_once import create_once
from airflow_provider_flexout.outreach.conversation.request import build_request
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation

FLOW = "FW" + "1" * 32
OWN = (durable.RECORD_ATTRIBUTE, durable.ROUTING_RECORD_ATTRIBUTE, durable.REPLY_RECORD_ATTRIBUTE)


def request(defaults, **arguments):
    spec = OutreachSpec(**({"channel": "SMS", "to": "+12025550117"} | arguments))
    return build_request(spec, key="fx0", defaults=defaults)


def test_the_flow_is_the_arguments_or_the_connections(defaults):
    assert request(defaults).flow_sid == defaults.studio_flow_sid
    assert request(defaults, on_reply={"studio_flow": FLOW}).on_reply == FLOW
    assert request(defaults, on_reply="pipeline").flow_sid is None
    assert request(defaults, on_reply="pipeline").on_reply == "pipeline"


def test_a_conversation_that_nobody_hears_is_refused_with_both_places(defaults):
    nobody = dataclasses.replace(defaults, studio_flow_sid=None)
    with pytest.raises(InvalidInput, match=r"studio_flow_sid.*pipeline"):
        request(nobody)
    assert request(nobody, on_reply="pipeline").flow_sid is None


@pytest.mark.parametrize(("given", "timer"), [("10m", "PT600S"), ("7d", "PT604800S"), (3600, "PT3600S")])
def test_the_timer_as_twilio_reads_it(defaults, given, timer):
    assert request(defaults, close_after=given).closes_after == timer


@pytest.mark.parametrize("given", ["9m", 0, "soon"])
def test_a_timer_that_twilio_would_refuse_is_refused(defaults, given):
    with pytest.raises(InvalidInput, match="close_after"):
        request(defaults, close_after=given)


def test_the_customers_name_is_an_attribute_that_can_be_overridden(defaults):
    assert request(defaults, customer_name="Ada", attributes={"order": 1}).attributes == {
        "customerName": "Ada",
        "order": 1,
    }
    assert request(defaults, customer_name="Ada", attributes={"customerName": "A."}).attributes == {
        "customerName": "A."
    }


@pytest.mark.parametrize(
    "attributes",
    [
        {"flexout": 1},
        {"flexout_on_reply": {}},
        {"flexout_key": "fx0"},
        {"flexout_of_later": 1},
        {"share": float("inf")},
        {"what": object()},
        {"text": "ü" * 6_200},
    ],
)
def test_attributes_that_are_ours_or_cannot_be_written_are_refused(defaults, attributes):
    with pytest.raises(InvalidInput, match="attributes"):
        request(defaults, attributes=attributes)


def test_dates_are_texts_as_in_a_tasks_attributes(defaults):
    assert request(defaults, attributes={"since": date(2026, 1, 1)}).attributes == {"since": "2026-01-01"}


def test_the_largest_attributes_are_taken_with_everything_that_is_added(defaults, connect):
    largest = {"text": "ü" * 6_138}
    with connect() as client:
        opened = client.run(create_once(request(defaults, attributes=largest)))
        given = client.send(fetch_conversation(opened.conversation_sid)).attribute_object
        full = {
            name: given["flexout"] | {"source": {"dag_id": "d" * 250, "task_id": "t" * 250}} for name in OWN
        }
        client.send(update_conversation(opened.conversation_sid, attributes=given | full))
    with pytest.raises(InvalidInput, match="12288 of yours"):
        request(defaults, attributes={"text": "ü" * 6_139})


@pytest.mark.parametrize("flow", ["", None, 5, [FLOW]])
def test_a_flow_without_a_name_is_refused_whatever_is_checked(defaults, flow):
    for validate in (True, False):
        with pytest.raises(InvalidInput, match="names no Studio flow"):
            request(defaults, on_reply={"studio_flow": flow}, validate=validate)


def test_an_address_is_not_shown(defaults):
    assert "2025550117" not in repr(request(defaults))
