"""Two messages to the phone, and what becomes of them."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.probe.messages import MESSAGES, probe_text, probe_unfit_file
from airflow_provider_flexout.outreach.probe.observations import Observations
from airflow_provider_flexout.twilio.api.conversations import create_conversation, create_participant
from tests.unit.outreach.probe.conftest import OWN


@pytest.fixture
def made(client, defaults):
    conversation = client.send(create_conversation())
    client.send(create_participant(conversation.sid, address=OWN, proxy_address=defaults.senders["sms_from"]))
    return conversation


def test_a_text_that_arrives(client, made):
    assert client.run(probe_text(made)) == "has the status delivered"


def test_a_text_that_does_not(client, made, sandbox):
    sandbox.customer().fails(30007)
    assert client.run(probe_text(made)) == "has the status undelivered, code 30007"


def test_a_text_without_a_receipt_is_waited_for_half_a_minute(client, made, sandbox):
    sandbox.customer().receives(after="1h")
    before = sandbox.clock.now()
    client.run(probe_text(made))
    assert (sandbox.clock.now() - before).total_seconds() == 30


def test_a_file_that_is_refused_for_another_reason_leaves_it_unclear(client, made, sandbox):
    seen = Observations()
    sandbox.faults.fail("CreateConversationMessage", status=400, code=21606, times=1)
    client.run(probe_unfit_file(made, seen))
    assert seen.value("unfit_file") is None
    [found] = [one for one in seen.findings() if one.setting == "unfit_file"]
    assert found.remark == "CreateConversationMessage had HTTP 400, code 21606"


def test_as_many_as_are_announced(probed, sandbox):
    counted = []
    sandbox.requests.listener = lambda request: counted.append(request.operation)
    probed()
    empty = 3  # in conversations in which nobody is
    assert counted.count("CreateConversationMessage") - empty == MESSAGES
