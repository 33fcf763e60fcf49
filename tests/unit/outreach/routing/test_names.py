"""Queues, workers, workflows and task channels by name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.routing.names import CACHE_TTL, clear_cache, with_sids
from airflow_provider_flexout.sandbox.state.seed import (
    QUEUES,
    TASK_CHANNELS,
    WORKER_BY_NAME,
    WORKFLOW,
    WORKSPACE,
)
from tests.conftest import InMemory
from tests.crash.faults import KILLED_AFTER, Killed
from tests.crash.stage import Attempt, Stage
from tests.sandbox_process import client_of

NAMES = {"queue": "Outreach", "worker": "ben", "workflow": "Assign to Anyone", "task_channel": "chat"}
(OUTREACH,) = (row.sid for row in QUEUES.values() if row.name == "Outreach")
(CHAT,) = (row.sid for row in TASK_CHANNELS.values() if row.unique_name == "chat")
SIDS = {
    "queue_sid": OUTREACH,
    "worker_sid": WORKER_BY_NAME["ben"].sid,
    "workflow_sid": WORKFLOW.sid,
    "task_channel_sid": CHAT,
}


@pytest.fixture(autouse=True)
def no_names_from_before():
    clear_cache()


@pytest.fixture
def twilio_like(sandbox):
    """Set something up in the workspace, as an administrator would; give its SID."""
    with client_of(sandbox.connection(), transport=InMemory(sandbox)) as http:

        def make(what, **form):
            return http.post(f"/v1/Workspaces/{WORKSPACE.sid}/{what}", data=form).json()["sid"]

        yield make


def asked(sandbox) -> list[str]:
    return [row.operation for row in sandbox.requests if row.operation.startswith("List")]


def resolved(client, clock=lambda: 0.0, **properties):
    routing = {"properties": {"workspace_sid": WORKSPACE.sid} | properties}
    return client.run(with_sids(routing, clock))["properties"]


def test_names_become_sids(client):
    assert resolved(client, **NAMES) == {"workspace_sid": WORKSPACE.sid} | SIDS


def test_a_task_channel_has_two_names(client):
    assert resolved(client, task_channel="Programmable Chat")["task_channel_sid"] == CHAT


def test_an_interaction_is_routed_by_name(attempt, sandbox):
    attempt(routing=NAMES | {"priority": "7", "timeout": timedelta(hours=1)})
    (task,) = sandbox.tasks
    assert task.routing_target == SIDS["worker_sid"]
    assert task.priority == 7


def test_names_are_looked_up_once(attempt, sandbox):
    for number in range(3):
        attempt(key=f"fx{number}", to=f"+1202555011{number}", routing=NAMES)
    assert sorted(asked(sandbox)) == ["ListTaskChannel", "ListTaskQueue", "ListWorker", "ListWorkflow"]


def test_of_many_at_once_one_looks_a_name_up(sandbox):
    stage = Stage(sandbox)
    plan = {"properties": {"workspace_sid": WORKSPACE.sid} | NAMES}
    attempts = [Attempt(stage, with_sids(plan, stage.now)) for _ in range(20)]
    stage.play()
    assert all(one.result["properties"]["queue_sid"] == OUTREACH for one in attempts)
    assert len(asked(sandbox)) == len(NAMES)


def test_when_the_one_who_looks_fails_the_next_one_does(sandbox):
    stage = Stage(sandbox)
    plan = {"properties": {"workspace_sid": WORKSPACE.sid, "queue": "Outreach"}}
    killed = Attempt(stage, with_sids(plan, stage.now), [KILLED_AFTER])
    others = [Attempt(stage, with_sids(plan, stage.now)) for _ in range(3)]
    stage.play()
    assert isinstance(killed.result, Killed)
    assert all(one.result["properties"]["queue_sid"] == OUTREACH for one in others)
    assert asked(sandbox) == ["ListTaskQueue"] * 2


def test_a_name_that_several_have_is_refused_with_their_sids(client, sandbox, twilio_like):
    sids = [twilio_like("TaskQueues", FriendlyName="VIP") for _ in range(2)]
    with pytest.raises(InvalidInput) as caught:
        resolved(client, queue="VIP")
    assert "is the name of 2 task queues" in str(caught.value)
    assert all(sid in str(caught.value) for sid in sids)


def test_what_was_found_grows_old(client, sandbox):
    for now in (0.0, CACHE_TTL - 1, CACHE_TTL):
        resolved(client, lambda now=now: now, queue="Outreach")
    assert asked(sandbox) == ["ListTaskQueue"] * 2


def test_sids_are_not_looked_up(attempt, sandbox):
    attempt(routing=SIDS)
    attempt(key="fx2", to="+12025550118", routing={"queue": OUTREACH, "worker": SIDS["worker_sid"]})
    assert asked(sandbox) == []
    assert sandbox.tasks[1].routing_target == SIDS["worker_sid"]


@pytest.mark.parametrize(
    ("names", "near"),
    [
        ({"queue": "Outraech"}, "no task queue named 'Outraech'. Near it: 'Outreach'"),
        ({"worker": "Ben"}, "no worker named 'Ben'. Near it: 'ben'"),
        ({"workflow": "zzz"}, "no workflow named 'zzz'. It has: 'Assign to Anyone'"),
        ({"task_channel": "smss"}, "no task channel named 'smss'. Near it: 'sms'"),
    ],
)
def test_a_miss_lists_the_near_ones(attempt, sandbox, names, near):
    for _ in range(2):  # a miss is looked up again
        with pytest.raises(InvalidInput) as caught:
            attempt(routing=names)
        assert near.lower() in str(caught.value).lower()
        assert WORKSPACE.sid in str(caught.value)
    (kind,) = names
    assert len(asked(sandbox)) == (2 if kind == "task_channel" else 4)  # these cannot be filtered
    assert not sandbox.conversations
