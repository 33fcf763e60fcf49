"""Routing a conversation that exists already."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.conversation.create_once import create_once
from airflow_provider_flexout.outreach.conversation.request import build_request
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ConversationEnded
from airflow_provider_flexout.outreach.values.spec import OutreachSpec
from airflow_provider_flexout.twilio.api.conversations import delete_conversation, update_conversation

CUSTOMER = "+12025550117"


def test_a_conversation_that_a_customer_began_is_routed_once(attempt, sandbox, elsewhere):
    arguments = {"to": None, "initiated_by": "customer", "media_channel_sid": elsewhere}
    first = attempt(**arguments)
    assert (first.conversation_sid, first.created) == (elsewhere, True)
    second = attempt(**arguments, retried=True)
    assert second.as_dict() == first.as_dict() | {"created": False}
    assert len(sandbox.interactions) == 1
    with pytest.raises(AlreadyTalking):
        attempt(**arguments, key=derive_key("another"))


def test_the_record_of_one_that_began_without_an_agent_stays(attempt, client, sandbox, defaults):
    begun = build_request(
        OutreachSpec(channel="sms", to=CUSTOMER, on_reply="pipeline"), key="fx0", defaults=defaults
    )
    opened = client.run(create_once(begun))
    arguments = {"to": None, "initiated_by": "customer", "media_channel_sid": opened.conversation_sid}
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
    with pytest.raises(ConversationEnded, match="There is no conversation"):
        attempt(**arguments)
