"""Closing and parking an interaction, which may have been done before."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.agents.close import close_once, park_once
from airflow_provider_flexout.outreach.agents.task_attributes import parked_attributes
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.sandbox.state.seed import WORKER_BY_NAME
from airflow_provider_flexout.twilio.api.invites import create_invite
from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed, NotFound


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


@pytest.fixture
def park(client, opened, defaults):
    """Park the interaction as one of several tasks."""
    sids = opened.interaction_sid, None, defaults.workspace_sid
    return lambda task="park": client.run(park_once(*sids, key=task and derive_key(task)))


@pytest.fixture
def wake(client, opened, defaults, sandbox):
    """Invite an agent, who joins."""

    def woken(name):
        sandbox.agent(name).accepts(after=0)
        given = {"workflow_sid": defaults.workflow_sid, "workspace_sid": defaults.workspace_sid}
        given |= {"worker_sid": WORKER_BY_NAME[name].sid, "attributes": {"by": name}}
        client.send(create_invite(opened.interaction_sid, opened.channel_sid, {"properties": given}))
        sandbox.clock.advance("1m")

    return woken


def there(sandbox):
    return {one.identity for one in sandbox.participants if one.identity}


@pytest.mark.parametrize("later", ["1s", "10m"])
def test_parked_again_by_the_same_task_it_stays_with_who_was_invited_since(
    client, sandbox, opened, park, wake, later
):
    park()
    sandbox.clock.advance(later)
    wake("ben")
    park()
    assert (there(sandbox), sandbox.interactions[0].channel_status) == ({"ben"}, "active")
    assert client.run(parked_attributes(opened.conversation_sid))["order"] == 4711


def test_so_it_does_after_it_was_parked_twice(sandbox, park, wake):
    park("first")
    wake("ben")
    park("second")
    wake("chloe")
    for task in ("first", "second"):
        park(task)
        assert there(sandbox) == {"chloe"}


@pytest.mark.parametrize("task", ["another", None])
def test_another_task_parks_it(sandbox, park, wake, task):
    park()
    wake("ben")
    park(task)
    assert (there(sandbox), sandbox.interactions[0].channel_status) == (set(), "inactive")


def test_parked_again_with_nobody_invited_it_is_parked(sandbox, park, wake):
    for _ in range(3):
        park()
        assert (there(sandbox), sandbox.interactions[0].channel_status) == (set(), "inactive")
    wake("ben")
    park()
    assert there(sandbox) == {"ben"}


@pytest.mark.parametrize("invited", [(), ("ben",)])
def test_what_was_not_parked_the_first_time_is_the_second_time(sandbox, park, wake, invited):
    """Who was there before is there still, so nobody has parked it."""
    sandbox.faults.fail("UpdateInteractionChannel", 403)
    with pytest.raises(AuthenticationFailed):
        park()
    for name in invited:
        wake(name)
    park()
    assert (there(sandbox), sandbox.interactions[0].channel_status) == (set(), "inactive")
