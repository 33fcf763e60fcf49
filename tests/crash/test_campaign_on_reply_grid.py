"""A contact of a campaign without agents: whatever hits it, one message, and one task for one reply."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import pytest

from airflow_provider_flexout.bulk.campaign import Campaign
from airflow_provider_flexout.bulk.contacts.contact import contact_of
from airflow_provider_flexout.bulk.contacts.reach_once import ReachedContact, reach_once
from airflow_provider_flexout.bulk.sources.row import Row
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.faults import KILLED_AFTER, KILLED_BEFORE, Fault
from tests.crash.grid import Grid
from tests.crash.outreaches import CUSTOMER, counted
from tests.crash.stage import Attempt, Stage
from tests.crash.test_assumptions import ALL, SETTINGS
from tests.crash.test_conversation_grid import reply
from tests.crash.test_interaction_grid import FAULTS
from tests.crash.tries import hit_at, named, tries, worth_hitting

STEPS = (
    "CreateConversation",
    "CreateConversationParticipant",
    "CreateConversationScopedWebhook",
    "CreateConversationMessage",
)
Earlier = tuple[int, Fault] | None
"""The step at which an earlier try was hit, and by what."""


@pytest.mark.parametrize("second", ["refuse", "drop", "accept"])
def test_a_first_try(new_stage: Callable[..., Stage], grid: Grid, second: str):
    steps = every_step_is_hit(partial(new_stage, second=second), grid, None, "a contact without an agent")
    assert steps == list(STEPS)


@pytest.mark.parametrize("fault", [KILLED_BEFORE, KILLED_AFTER], ids=lambda one: one.name)
@pytest.mark.parametrize("place", range(len(STEPS)), ids=STEPS)
def test_a_retry_after_a_kill(new_stage: Callable[..., Stage], grid: Grid, place: int, fault: Fault):
    title = f"a contact without an agent, a retry after a {fault.name} of {STEPS[place]}"
    every_step_is_hit(partial(new_stage, lag=5), grid, (place, fault), title)


@pytest.mark.parametrize(("setting", "choice"), SETTINGS)
def test_on_whichever_side_of_an_assumption(
    new_stage: Callable[..., Stage], grid: Grid, setting: str, choice: str
):
    make = partial(new_stage, **{setting: choice})
    for earlier in (None, *product(range(len(STEPS)), (KILLED_BEFORE, KILLED_AFTER))) if ALL else (None,):
        every_step_is_hit(make, grid, earlier, f"a contact without an agent, {setting}={choice}")


@pytest.mark.parametrize("place", range(len(STEPS)), ids=STEPS)
def test_a_reply_while_the_campaign_is_down(new_stage: Callable[..., Stage], place: int):
    """The customer writes before the retry: what the webhook missed is replayed, and makes one task."""
    stage = new_stage()
    Attempt(stage, reach(stage, again=False), hit_at(place, KILLED_AFTER))
    stage.play()
    if place > 0:
        reply(stage)
    done = tries(stage, lambda _: reach(stage, again=True))
    assert problem_with(stage, done[-1].result, replies=place > 0) is None


@pytest.mark.parametrize("apart", [*(one / 20 for one in range(20)), 5.0, 29.0, 31.0])
def test_two_parts_that_overlap_reach_a_contact_once(new_stage: Callable[..., Stage], apart: float):
    """Two tasks of one campaign at the same time, each on its first try."""
    stage, ended = new_stage(), []

    def start(again: bool = False) -> None:
        Attempt(stage, reach(stage, again=again), iter(()), then)

    def then(attempt: Attempt) -> None:
        ended.append(attempt.result)
        if getattr(attempt.result, "permanent", True) is False and len(ended) < 6:
            stage.at(1.0, lambda: start(again=True))

    stage.at(0.0, start)
    stage.at(apart, start)
    stage.play()
    assert [type(one) for one in ended].count(ReachedContact) == 2, ended
    reply(stage)
    assert problem_with(stage, ended[-1]) is None


def reach(stage: Stage, *, again: bool) -> Procedure[ReachedContact]:
    """One try at a contact, as a campaign makes it."""
    campaign = Campaign(
        key="campaign",
        defaults=ConnectionDefaults.from_extra("flexout_default", stage.sandbox.connection()["extra"]),
        spec=OutreachSpec(channel="sms"),
        agent="on_reply",
        message="Hello, {name}.",
        retried=again,
    )
    contact = contact_of(Row(1, {"to": CUSTOMER, "name": "Ada"}), {})
    request = campaign.request_for(contact)
    return reach_once(request, campaign.draft_for(contact, request.channel_type), clock=stage.now)


def every_step_is_hit(make: Callable[[], Stage], grid: Grid, earlier: Earlier, title: str) -> list[str]:
    """Hit every step of a try, one after the other, with every fault; give the steps."""
    stage = make()
    begin(stage, earlier)
    (only,) = tries(stage, lambda _: reach(stage, again=earlier is not None))
    steps, bad = [named(request) for request in only.requests], []
    for place in worth_hitting(steps):
        for fault in FAULTS:
            problem = cell(make(), earlier, place, fault)
            grid.note(title, steps[place], fault.name, good=not problem)
            if problem:
                bad.append(f"{steps[place]} (request {place + 1}) x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)
    return steps


def begin(stage: Stage, earlier: Earlier) -> None:
    """Let an earlier try get as far as it did."""
    if earlier:
        Attempt(stage, reach(stage, again=False), hit_at(*earlier))
        stage.play()


def cell(stage: Stage, earlier: Earlier, place: int, fault: Fault) -> str | None:
    """Hit one step, try until it ends, let the customer reply, and clear. Say what is wrong in the end."""
    begin(stage, earlier)
    done = tries(stage, lambda again: reach(stage, again=again or earlier is not None), hit_at(place, fault))
    if counted(stage.sandbox)["tasks"]:
        return "a task before the reply"
    reply(stage)
    cleared = tries(stage, lambda _: reach(stage, again=True))
    reply(stage)
    return problem_with(stage, done[-1].result) or problem_with(stage, cleared[-1].result)


def problem_with(stage: Stage, result: Any, *, replies: bool = True) -> str | None:
    if not isinstance(result, ReachedContact):
        return f"ended with {result!r}"
    held, tasks = counted(stage.sandbox), int(replies)
    if held != {"conversations": 1, "customers": 1, "interactions": tasks, "tasks": tasks}:
        return f"left {held}"
    ours = [one.sid for one in stage.sandbox.messages if one.body == "Hello, Ada."]
    if ours != [result.message.message_sid]:
        return f"left {ours}, told {result.message.message_sid}"
    return None
