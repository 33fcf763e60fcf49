"""An outreach is held while no agent could take it, and ever less often checked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput, NobodyAvailable
from airflow_provider_flexout.outreach.policies.agent_availability import agent_availability_policy
from airflow_provider_flexout.outreach.policies.decision import Go, Hold
from airflow_provider_flexout.sandbox.state.seed import WORKSPACE

HOUR = timedelta(hours=1)


@pytest.fixture
def check(ask, defaults, sandbox):
    """Check whether an agent could take a conversation that has been held for so long."""

    def run(held_for=None, **properties):
        routing = {"properties": {"workspace_sid": WORKSPACE.sid} | properties}
        since = None if held_for is None else sandbox.clock.now() - held_for
        return ask(agent_availability_policy(routing, defaults.queue_sid, HOUR, since))

    return run


@pytest.mark.parametrize("routing", [{}, {"queue": "Everyone"}, {"worker": "ana"}])
def test_it_goes_while_somebody_is_available(check, routing):
    assert check(**routing) == Go()


@pytest.mark.parametrize(
    ("held_for", "pause"),
    [(None, 30), (timedelta(minutes=1), 30), (timedelta(minutes=20), 60), (HOUR - timedelta(seconds=10), 10)],
)
def test_it_is_held_for_a_twentieth_of_its_age(check, sandbox, held_for, pause):
    sandbox.agent().goes("Break")
    decision = check(held_for)
    assert isinstance(decision, Hold)
    assert decision.by == "agents"
    assert decision.until - sandbox.clock.now() == timedelta(seconds=pause)


def test_it_is_not_held_for_longer_than_allowed(check, sandbox):
    sandbox.agent().goes("Break")
    with pytest.raises(NobodyAvailable, match="Nobody could take the conversation for 1:00:00"):
        check(HOUR)


def test_one_worker_is_waited_for_alone(check, sandbox):
    sandbox.agent("ana").goes("Break")
    assert check() == Go()
    assert "is Break." in check(worker="ana").why


def test_nobody_to_ask_is_refused():
    with pytest.raises(InvalidInput, match="require_available_agents: needs to know whom to ask"):
        agent_availability_policy({"properties": {"workspace_sid": WORKSPACE.sid}}, None, HOUR, None)
