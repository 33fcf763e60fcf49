"""Agents leave an interaction, which stays open."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.agents.channel import only_channel
from airflow_provider_flexout.outreach.agents.remove_agents import agents_in, remove_agents
from airflow_provider_flexout.twilio.http.errors import RequestRejected


@pytest.fixture
def opened(attempt, sandbox):
    result = attempt()
    sandbox.agent().accepts(after=0)
    sandbox.clock.advance("1m")
    return result.interaction_sid, result.channel_sid


def test_who_is_there_leaves(client, opened, sandbox):
    assert len(client.run(agents_in(*opened))) == 1
    assert client.run(remove_agents(*opened, "completed")) == 1
    assert client.run(agents_in(*opened)) == []
    assert sandbox.conversations[0].state == "active"


def test_only_who_is_named_leaves(client, opened):
    assert client.run(remove_agents(*opened, "completed", worker_sid="WK" + 32 * "f")) == 0
    (agent,) = client.run(agents_in(*opened))
    assert client.run(remove_agents(*opened, "completed", but_task=agent.task_sid)) == 0
    assert client.run(remove_agents(*opened, "completed", worker_sid=agent.worker_sid)) == 1


def test_the_only_channel(client, opened, sandbox):
    assert client.run(only_channel(opened[0])) == opened[1]


LEAVE = "UpdateInteractionChannelParticipant"


@pytest.mark.parametrize("status", [400, 404, 409])
def test_who_has_left_already_is_no_mistake_whatever_twilio_says_of_it(client, opened, sandbox, status):
    """As after a response that was lost, or an agent who was faster."""
    sandbox.faults.fail(LEAVE, status, committed=True)
    client.run(remove_agents(*opened, "completed"))
    assert client.run(agents_in(*opened)) == []


@pytest.mark.parametrize("status", [400, 403, 409])
def test_who_is_still_there_is_one(client, opened, sandbox, status):
    sandbox.faults.fail(LEAVE, status)
    with pytest.raises(RequestRejected, match=LEAVE):
        client.run(remove_agents(*opened, "completed"))
    assert len(client.run(agents_in(*opened))) == 1
