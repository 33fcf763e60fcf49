"""Whatever hits whichever step of an invite, a transfer or a change of attributes, it happens once."""

from __future__ import annotations

import functools

import pytest

from airflow_provider_flexout.outreach.agents.close import park_once
from airflow_provider_flexout.outreach.agents.invite import Invited, invite_once, plan_invitation
from airflow_provider_flexout.outreach.agents.remove_agents import remove_previous_agents
from airflow_provider_flexout.outreach.agents.task_attributes import patch_attributes
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.sandbox.state.seed import WORKER_BY_NAME
from tests.crash.grid import Grid
from tests.crash.outreaches import open_outreach
from tests.crash.stage import Attempt, Stage
from tests.crash.test_interaction_grid import FAULTS
from tests.crash.tries import hit_at, named, tries, worth_hitting

BEN = WORKER_BY_NAME["ben"].sid
KINDS = ("invite_once", "invite_once, slow list", "invite_once, into a parked one", "a cold transfer")
PARALLEL = 8


def open_one(stage: Stage):
    """Open an interaction that ana accepts; give its SIDs."""
    attempt = Attempt(stage, open_outreach(stage, attributes={"order": 7}))
    stage.play()
    stage.sandbox.clock.advance("1m")
    return attempt.result


def inviting(stage: Stage, opened, *, retried: bool = False, **attempt):
    defaults = ConnectionDefaults.from_extra("flexout_default", stage.sandbox.connection()["extra"])
    plan = plan_invitation(
        key=derive_key("invite"),
        interaction_sid=opened.interaction_sid,
        channel_sid=None,
        conversation_sid=opened.conversation_sid,
        routing={"worker_sid": BEN},
        attributes={"why": "a second opinion"},
        defaults=defaults,
        validate=True,
        retried=retried,
        **attempt,
    )
    return invite_once(plan, clock=stage.now)


def transferring(stage: Stage, opened, *, retried: bool = False):
    """Invite, and let leave who was there: what the operator does."""
    invited = yield from inviting(stage, opened, retried=retried)
    workspace = stage.sandbox.connection()["extra"]["workspace_sid"]
    sids = (invited.interaction_sid, invited.channel_sid, invited.task_sid)
    yield from remove_previous_agents(workspace, *sids, "completed")
    return invited


@pytest.mark.parametrize("kind", KINDS)
def test_one_invite(grid: Grid, stage: Stage, kind: str):
    opened = begin(stage, kind)
    (only,) = tries(stage, lambda _: a_try(stage, kind, opened))
    steps = [named(request) for request in only.requests]
    bad = []
    for place in worth_hitting(steps):
        for fault in FAULTS:
            stage.sandbox.reset()
            problem = cell(stage, kind, place, fault)
            grid.note(kind, steps[place], fault.name, good=not problem)
            if problem:
                bad.append(f"{steps[place]} x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)


def begin(stage: Stage, kind: str):
    opened = open_one(stage)
    stage.sandbox.task_list_lag = 40 if "slow" in kind else 0
    if "parked" in kind:
        workspace = stage.sandbox.connection()["extra"]["workspace_sid"]
        Attempt(stage, park_once(opened.interaction_sid, opened.channel_sid, workspace))
        stage.play()
        stage.sandbox.clock.advance("10m")
    return opened


def a_try(stage: Stage, kind: str, opened, *, retried: bool = False):
    make = transferring if "transfer" in kind else inviting
    return make(stage, opened, retried=retried)


def cell(stage: Stage, kind: str, place: int, fault) -> str | None:
    opened = begin(stage, kind)
    done = tries(stage, lambda again: a_try(stage, kind, opened, retried=again), hit_at(place, fault))
    stage.sandbox.clock.advance("1m")
    cleared = tries(stage, lambda _: a_try(stage, kind, opened, retried=True))
    invited = [one for one in stage.sandbox.tasks if one.routing_target == BEN]
    if len(invited) != 1:
        return f"invited {len(invited)} times"
    (task,) = invited
    if (task.worker, task.attributes["order"], task.attributes["why"]) != ("ben", 7, "a second opinion"):
        return f"the task is {task}"
    agents = {one.identity for one in stage.sandbox.participants if one.identity}
    if agents != ({"ben"} if "parked" in kind or "transfer" in kind else {"ana", "ben"}):
        return f"left {agents} in the conversation"
    right = Invited(
        opened.interaction_sid,
        opened.channel_sid,
        task.attributes["flexChannelInviteSid"],
        task.sid,
        created=False,
    )
    for attempt in (done[-1], cleared[-1]):
        result = attempt.result
        if not isinstance(result, Invited) or result.as_dict() | {"created": False} != right.as_dict():
            return f"ended with {result!r}"
    return None


def test_a_change_of_attributes(grid: Grid, stage: Stage):
    workspace = stage.sandbox.connection()["extra"]["workspace_sid"]

    def changing(task_sid):
        return patch_attributes(
            workspace, task_sid, {"vip": True, "order": None, "customers": {"email": "a@b.c"}}
        )

    bad = []
    for place, step in enumerate(("FetchTask", "UpdateTask")):
        for fault in FAULTS:
            stage.sandbox.reset()
            opened = open_one(stage)
            done = tries(stage, lambda _, sid=opened.task_sid: changing(sid), hit_at(place, fault))
            (task,) = stage.sandbox.tasks
            good = (
                isinstance(done[-1].result, bool)
                and task.attributes["vip"] is True
                and "order" not in task.attributes
                and task.attributes["customers"]["email"] == "a@b.c"
                and task.attributes["customers"]["name"] == task.attributes["customerName"] == "Ada"
            )
            grid.note("patch_attributes", step, fault.name, good=good)
            if not good:
                bad.append(f"{step} x {fault.name}: {done[-1].result!r}, {task.attributes}")
    assert not bad, "\n" + "\n".join(bad)


@pytest.mark.parametrize("apart", [0.0, 0.05, 0.15])
def test_changes_at_the_same_time_are_all_kept(stage: Stage, apart: float):
    opened = open_one(stage)
    workspace = stage.sandbox.connection()["extra"]["workspace_sid"]
    attempts = []

    def start(number: int) -> None:
        attempts.append(
            Attempt(stage, patch_attributes(workspace, opened.task_sid, {f"from_{number}": number}))
        )

    for number in range(PARALLEL):
        stage.at(number * apart, functools.partial(start, number))
    stage.play()
    assert [attempt.result for attempt in attempts] == [True] * PARALLEL
    (task,) = stage.sandbox.tasks
    assert {name: task.attributes.get(name) for name in (f"from_{n}" for n in range(PARALLEL))} == {
        f"from_{n}": n for n in range(PARALLEL)
    }
