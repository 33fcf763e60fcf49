"""Closing and parking an interaction, which may have been done before."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.agents.close import close_once, park_once
from airflow_provider_flexout.outreach.agents.task_attributes import parked_attributes
from airflow_provider_flexout.twilio.http.errors import NotFound


@pytest.fixture
def opened(attempt, sandbox):
    result = attempt(attributes={"order": 4711})
    sandbox.agent().accepts(after=0)
    sandbox.clock.advance("1m")
    return result


@pytest.mark.parametrize("times", [1, 2])
def test_an_interaction_is_closed(client, opened, sandbox, times):
    for _ in range(times):
        client.run(close_once(opened.interaction_sid, None, "completed"))
    assert sandbox.interactions[0].channel_status == "closed"
    assert sandbox.conversations[0].state == "closed"


def test_one_that_is_not_there_is_an_error(client):
    with pytest.raises(NotFound):
        client.run(close_once("KD" + 32 * "f", "UO" + 32 * "f", "completed"))


def test_parked_it_keeps_the_tasks_attributes_in_its_conversation(client, opened, sandbox, defaults):
    client.run(park_once(opened.interaction_sid, opened.channel_sid, defaults.workspace_sid))
    assert sandbox.interactions[0].channel_status == "inactive"
    parked = client.run(parked_attributes(opened.conversation_sid))
    assert parked["order"] == 4711
    assert "flexout_key" not in parked


def test_a_conversation_that_is_gone_has_none_parked(client):
    assert client.run(parked_attributes("CH" + 32 * "f")) == {}
