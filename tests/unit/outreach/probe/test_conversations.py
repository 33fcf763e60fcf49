"""Conversations in which nobody is: what is looked at, and that nobody gets anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_flexout.outreach.probe.conversations import (
    probe_client,
    probe_conversation,
    probe_senders,
)
from airflow_provider_flexout.outreach.probe.observations import Observations
from airflow_provider_flexout.outreach.probe.resources import ProbeResources
from airflow_provider_flexout.outreach.probe.target import read_target
from airflow_provider_flexout.twilio.api.conversations import create_conversation
from tests.unit.outreach.probe.conftest import OWN


@pytest.fixture
def look(client, defaults, sandbox):
    """Carry one look out; give what was seen."""
    seen = Observations()
    target = read_target(OWN, defaults, "0a", lambda: sandbox.clock.now().timestamp())
    resources = ProbeResources(target)

    def run(of, *arguments):
        client.run(of(target, resources, seen, *arguments))
        return seen

    return run


def remark(seen, setting):
    [found] = [one for one in seen.findings() if one.setting == setting]
    return found.remark


def test_nobody_gets_a_message(look, sandbox):
    look(probe_conversation)
    look(probe_senders, 1)
    assert not sandbox.tasks
    for conversation in sandbox.conversations:
        assert not (conversation.participants and conversation.texts)


def test_a_refusal_of_another_kind_leaves_it_unclear(look, sandbox):
    sandbox.faults.fail("CreateConversationParticipant", status=400, code=50407, times=1)
    seen = look(probe_senders, 1)
    assert seen.value("unknown_sender") is None
    assert remark(seen, "unknown_sender") == (
        "CreateConversationParticipant was refused with code 50407, not with 50408"
    )


def test_a_list_in_no_order_is_not_clear(look, sandbox, client):
    dates = ["2026-11-22T10:00:00Z", "2026-11-22T12:00:00Z", "2026-11-22T11:00:00Z"]
    seen = look(probe_conversation)
    before = seen.value("list_order")
    for date in dates:
        client.send(replace_date(date))
    look(probe_conversation)
    assert before is None  # of one conversation
    assert seen.value("list_order") is None
    assert remark(seen, "list_order") == "they are not in the order of their dates"


def replace_date(date):
    """A conversation that says that it was made at another time."""
    call = create_conversation()
    return replace(call, form={**call.form, "DateCreated": date})


def test_an_oauth_endpoint_that_is_away_leaves_it_unclear(client, sandbox):
    seen = Observations()
    sandbox.faults.fail("CreateOauth2Token", status=503, times=None)
    client.run(probe_client(seen))
    assert seen.value("wrong_client") is None
    assert remark(seen, "wrong_client") == "CreateOauth2Token had HTTP 503, code 20503"
