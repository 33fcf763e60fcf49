"""Making the request of an outreach again, from its record. The grid of listeners has the rest."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.conversation.agent_on_reply import AgentOnReply
from airflow_provider_flexout.outreach.conversation.take_up import TakenUp, request_of_record
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord

FLOW = "FW" + "1" * 32


@pytest.mark.parametrize(("on_reply", "flow_sid"), [(FLOW, FLOW), ("pipeline", None)])
def test_the_request_of_a_record(on_reply, flow_sid):
    record = OutreachRecord("fx1", "+1***17", "sms", "abc", "holder", 20.0, on_reply=on_reply)
    request = request_of_record(record, "WS1")
    assert (request.key, request.channel_type, request.workspace_sid) == ("fx1", "sms", "WS1")
    assert (request.flow_sid, request.on_reply) == (flow_sid, on_reply)


def test_taking_up_is_an_attempt_like_the_first():
    assert issubclass(TakenUp, AgentOnReply)
