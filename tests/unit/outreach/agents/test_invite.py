"""An agent is invited once."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.agents.invite import invite_once, plan_invitation
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import InvalidInput


@pytest.fixture
def opened(attempt, sandbox):
    result = attempt(attributes={"order": 4711})
    sandbox.agent().accepts(after=0)
    sandbox.clock.advance("1m")
    return result


@pytest.fixture
def invite(client, opened, defaults, sandbox):
    def run(key="invite", *, retried=False, **more):
        arguments = {
            "interaction_sid": opened.interaction_sid,
            "channel_sid": None,
            "conversation_sid": None,
            "routing": {"queue_sid": defaults.queue_sid},
            "attributes": None,
            "defaults": defaults,
            "validate": True,
        } | more
        return client.run(invite_once(plan_invitation(key=derive_key(key), retried=retried, **arguments)))

    return run


def test_a_repeated_attempt_finds_the_invite(invite, sandbox):
    first, second = invite(), invite(retried=True)
    assert (first.created, second.created) == (True, False)
    assert second.as_dict() == first.as_dict() | {"created": False}
    assert len(sandbox.tasks) == 2


def test_another_key_is_another_invite(invite, sandbox):
    assert invite().task_sid != invite("another").task_sid
    assert len(sandbox.tasks) == 3


def test_a_response_that_is_lost_is_looked_for(invite, sandbox):
    sandbox.faults.drop_response("CreateInteractionChannelInvite")
    assert not invite().created
    assert len(sandbox.tasks) == 2


def test_the_task_has_the_attributes_of_the_one_before(invite, sandbox):
    invited = invite(attributes={"vip": True})
    (task,) = [one for one in sandbox.tasks if one.sid == invited.task_sid]
    assert (task.attributes["order"], task.attributes["vip"]) == (4711, True)
    assert task.attributes["flexout_key"] == derive_key("invite")


def test_an_interaction_without_a_channel(invite):
    with pytest.raises(InvalidInput, match="interaction_sid"):
        invite(interaction_sid="not a SID")
