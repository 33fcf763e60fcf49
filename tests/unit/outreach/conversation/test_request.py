"""The request for a conversation without an agent, made of the arguments and the connection."""

from __future__ import annotations

import dataclasses

import pytest

from airflow_provider_flexout.outreach.conversation.request import build_request
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.spec import OutreachSpec

FLOW = "FW" + "1" * 32


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


def test_an_address_is_not_shown(defaults):
    assert "2025550117" not in repr(request(defaults))
