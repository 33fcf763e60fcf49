"""Interactions with the address: what stands in the way of seeing something is said."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.probe.interactions import InteractionProbe
from airflow_provider_flexout.outreach.probe.observations import Observations
from airflow_provider_flexout.outreach.probe.resources import ProbeResources
from airflow_provider_flexout.outreach.probe.target import read_target
from airflow_provider_flexout.twilio.http.errors import Conflict
from tests.unit.outreach.probe.conftest import OWN


@pytest.fixture
def seen():
    return Observations()


@pytest.fixture
def looks(defaults, sandbox, seen):
    sandbox.agent().accepts(after="1h")
    target = read_target(OWN, defaults, "0a", lambda: sandbox.clock.now().timestamp())
    return InteractionProbe(target, ProbeResources(target), seen)


def test_closing_makes_the_next_conversation(looks, client, sandbox):
    made = client.run(looks.conversation_with_customer())
    client.run(looks.close(client.run(looks.open_quickly(made))))
    following = client.run(looks.conversation_with_customer())
    assert following.sid != made.sid
    assert [one.state for one in sandbox.conversations] == ["closed", "active"]


def test_a_pair_that_another_conversation_has_is_not_waited_for(looks, client, sandbox, defaults):
    client.run(
        InteractionProbe(
            read_target(OWN, defaults, "0b"), _resources(defaults), Observations()
        ).conversation_with_customer()
    )
    before = sandbox.clock.now()
    with pytest.raises(Conflict):
        client.run(looks.conversation_with_customer())
    assert sandbox.clock.now() == before


def _resources(defaults):
    return ProbeResources(read_target(OWN, defaults, "0b"))


def test_an_accepted_task_is_not_canceled(looks, client, sandbox, seen):
    sandbox.agent().accepts(after=0)
    opened = client.run(looks.open_quickly(client.run(looks.conversation_with_customer())))
    sandbox.clock.advance("1s")
    client.run(looks.look_at_cancel(opened))
    assert seen.value("cancel_task") is None
    assert sandbox.requests.count("UpdateTask") == 0


def test_a_channel_that_fails_is_not_waited_for_for_ever(looks, client, sandbox, seen):
    sandbox.faults.fail_channel(45352, times=1)
    made = client.run(looks.conversation_with_customer())
    client.run(looks.open_quickly(made))
    assert seen.value("channel_setup") is None
