"""Agents leave an interaction, which stays open."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.agents.channel import only_channel
from airflow_provider_flexout.outreach.agents.remove_agents import (
    agents_in,
    remove_agents,
    remove_previous_agents,
)
from airflow_provider_flexout.outreach.agents.task_attributes import channel_tasks
from airflow_provider_flexout.sandbox.state.seed import WORKER_BY_NAME
from airflow_provider_flexout.twilio.api.invites import create_invite
from airflow_provider_flexout.twilio.api.tasks import Task
from airflow_provider_flexout.twilio.http.call import RetrySafety, path, write
from airflow_provider_flexout.twilio.http.errors import RequestRejected
from tests.hand_transfer import transfer_by_hand


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
    assert client.run(remove_agents(*opened, "completed", worker_sid=agent.worker_sid)) == 1


def test_the_only_channel(client, opened, sandbox):
    assert client.run(only_channel(opened[0])) == opened[1]


LEAVE = "UpdateInteractionChannelParticipant"


@pytest.mark.parametrize("status", [400, 404, 409])
def test_who_has_left_already_is_no_mistake_whatever_twilio_says_of_it(client, opened, sandbox, status):
    """As of an agent who was faster."""
    sandbox.faults.fail(LEAVE, status, committed=True)
    assert client.run(remove_agents(*opened, "completed")) == 0
    assert client.run(agents_in(*opened)) == []


def test_who_left_though_the_response_was_lost_is_counted(client, opened, sandbox):
    sandbox.faults.drop_response(LEAVE)
    assert client.run(remove_agents(*opened, "completed")) == 1
    assert client.run(agents_in(*opened)) == []


@pytest.mark.parametrize("status", [400, 403, 409])
def test_who_is_still_there_is_one(client, opened, sandbox, status):
    sandbox.faults.fail(LEAVE, status)
    with pytest.raises(RequestRejected, match=LEAVE):
        client.run(remove_agents(*opened, "completed"))
    assert len(client.run(agents_in(*opened))) == 1


@pytest.fixture
def workspace(sandbox):
    return sandbox.connection()["extra"]["workspace_sid"]


@pytest.fixture
def invite(client, opened, sandbox, defaults):
    """Invite an agent beside those who are there; give their task."""

    def invited(name):
        sandbox.agent(name).accepts(after=0)
        given = {"workflow_sid": defaults.workflow_sid, "workspace_sid": defaults.workspace_sid}
        given |= {"worker_sid": WORKER_BY_NAME[name].sid, "attributes": {}}
        task_sid = client.send(create_invite(*opened, {"properties": given})).task_sid
        sandbox.clock.advance("1m")
        return task_sid

    return invited


@pytest.fixture
def make_way(client, opened, workspace):
    """Let leave who was there before a task."""

    def left(task_sid, **arguments):
        return client.run(remove_previous_agents(workspace, *opened, task_sid, "completed", **arguments))

    return left


def there(sandbox):
    return {one.identity for one in sandbox.participants if one.identity}


def test_who_was_there_before_leaves_and_who_came_later_stays(sandbox, invite, make_way):
    ben = invite("ben")
    invite("chloe")
    assert make_way(ben) == 1
    assert there(sandbox) == {"ben", "chloe"}
    assert make_way(ben) == 0


def test_only_who_is_named_makes_way(sandbox, invite, make_way):
    invite("ben")
    chloe = invite("chloe")
    assert make_way(chloe, worker_sid=WORKER_BY_NAME["ben"].sid) == 1
    assert there(sandbox) == {"ana", "chloe"}


def test_whoever_has_the_conversation_after_a_transfer_by_hand_keeps_it(
    client, sandbox, opened, invite, make_way
):
    ben = invite("ben")
    sandbox.agent("chloe").accepts(after=0)
    client.run(transfer_by_hand(*opened, "ben", "chloe"))
    sandbox.clock.advance("1m")
    assert there(sandbox) == {"ana", "chloe"}
    assert make_way(ben) == 1
    assert there(sandbox) == {"chloe"}


def test_who_got_it_back_by_hand_keeps_it(client, sandbox, opened, invite, make_way):
    ben = invite("ben")
    assert make_way(ben) == 1
    client.run(transfer_by_hand(*opened, "ben", "ana"))
    sandbox.clock.advance("1m")
    assert make_way(ben, worker_sid=WORKER_BY_NAME["ana"].sid) == 0
    assert there(sandbox) == {"ana"}


def test_nobody_makes_way_for_an_agent_who_has_left(client, sandbox, opened, invite, make_way):
    """The customer would be left with nobody."""
    ben = invite("ben")
    assert client.run(remove_agents(*opened, "wrapping", worker_sid=WORKER_BY_NAME["ben"].sid)) == 1
    assert make_way(ben) == 0
    assert there(sandbox) == {"ana"}


@pytest.mark.parametrize("gone", ["ana", "ben"])
def test_who_was_there_first_is_not_known_of_a_task_that_is_gone(
    client, sandbox, opened, workspace, invite, make_way, gone
):
    tasks = {"ana": client.run(channel_tasks(workspace, opened[1]))[0].sid, "ben": invite("ben")}
    for status in ("wrapping", "completed"):  # at TaskRouter, past the channel
        client.send(end_task(workspace, tasks[gone], status))
    sandbox.clock.advance("10m")
    assert [one.worker for one in sandbox.tasks] == [name for name in tasks if name != gone]
    assert make_way(tasks["ben"]) == 0
    assert there(sandbox) == {"ana", "ben"}


def end_task(workspace, task_sid, status):
    where = path("/v1/Workspaces/{}/Tasks/{}", workspace, task_sid)
    form = {"AssignmentStatus": status}
    return write("UpdateTask", "taskrouter", where, Task, form, RetrySafety.IDEMPOTENT)
