"""Whatever hits whichever step of reach a contact of a campaign: one of each, and one message."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from airflow_provider_flexout.bulk.campaign import Campaign
from airflow_provider_flexout.bulk.contacts.contact import contact_of
from airflow_provider_flexout.bulk.contacts.reach_once import ReachedContact, reach_once
from airflow_provider_flexout.bulk.sources.row import Row
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.faults import KILLED_AFTER, KILLED_BEFORE, SMOOTH, Fault, killed_in_flight
from tests.crash.grid import Grid
from tests.crash.outreaches import CUSTOMERS, ONE_OF_EACH, counted, right_sids, sids_of
from tests.crash.stage import Attempt, Stage
from tests.crash.test_interaction_grid import FAULTS
from tests.crash.tries import hit_at, named, tries, worth_hitting

STEPS = (
    "CreateConversation",
    "CreateConversationParticipant",
    "CreateInteraction",
    "CreateConversationMessage",
    "UpdateConversation (SIDs)",
)
Earlier = tuple[int, Fault] | None
"""The step at which an earlier try was hit, and by what."""


@pytest.mark.parametrize("fault", [KILLED_BEFORE, KILLED_AFTER], ids=lambda one: one.name)
@pytest.mark.parametrize("place", range(len(STEPS)), ids=STEPS)
def test_a_retry_after_a_kill(new_stage: Callable[..., Stage], grid: Grid, place, fault):
    title = f"reach_once, a retry after a {fault.name} of {STEPS[place]}"
    every_step_is_hit(partial(new_stage, lag=5), grid, {}, (place, fault), title)


@pytest.mark.parametrize("second", ["refuse", "drop"])
@pytest.mark.parametrize("lag", [0, 20])
def test_a_first_try(new_stage: Callable[..., Stage], grid: Grid, lag, second):
    make = partial(new_stage, lag=lag, second=second)
    assert every_step_is_hit(make, grid, {}, None, "reach_once, first try") == list(STEPS)


@pytest.mark.parametrize(
    "earlier", [None, (2, KILLED_AFTER), (4, KILLED_AFTER)], ids=["first", "open", "said"]
)
@pytest.mark.parametrize(
    "outreach",
    [{"channel": "chat"}, {"channel": "email"}, {"channel": "sms", "strategy": "one_call"}],
    ids=["chat", "email", "one_call"],
)
def test_other_ways(new_stage: Callable[..., Stage], grid: Grid, outreach, earlier):
    place = "first try" if earlier is None else f"a retry after request {earlier[0] + 1}"
    every_step_is_hit(
        new_stage, grid, outreach, earlier, f"reach_once, {' '.join(outreach.values())}, {place}"
    )


@pytest.mark.parametrize("late", [1.0, 15.0])
@pytest.mark.parametrize("place", range(len(STEPS)), ids=STEPS)
def test_a_request_that_arrives_after_its_process_is_dead(new_stage, place, late):
    stage = new_stage()
    done = tries(stage, lambda again: reach(stage, {}, again=again), hit_at(place, killed_in_flight(late)))
    assert problem_with(stage, done[-1].result) is None


@pytest.mark.parametrize("apart", [*(one / 20 for one in range(30)), 5.0, 29.0, 31.0])
@pytest.mark.parametrize("second", ["refuse", "drop"])
def test_two_parts_that_overlap_reach_a_contact_once(new_stage, second, apart):
    """Two tasks of one campaign at the same time, each on its first try."""
    stage, ended = new_stage(second=second), []

    def start(again: bool = False) -> None:
        Attempt(stage, reach(stage, {}, again=again), iter(()), then)

    def then(attempt: Attempt) -> None:
        ended.append(attempt.result)
        if getattr(attempt.result, "permanent", True) is False and len(ended) < 6:
            stage.at(1.0, lambda: start(again=True))

    stage.at(0.0, start)
    stage.at(apart, start)
    stage.play()
    assert [type(one) for one in ended].count(ReachedContact) == 2, ended
    assert problem_with(stage, ended[-1]) is None


def reach(
    stage: Stage, outreach: dict[str, str], *, again: bool, resumed: bool = False, **row: str
) -> Procedure[ReachedContact]:
    """One try at a contact, as a campaign makes it."""
    channel = outreach.get("channel", "sms")
    campaign = Campaign(
        key="campaign",
        defaults=ConnectionDefaults.from_extra("flexout_default", stage.sandbox.connection()["extra"]),
        spec=OutreachSpec(**{"channel": channel} | outreach),
        message="Hello, {name}.",
        retried=again,
        resumed=again or resumed,
    )
    contact = contact_of(Row(1, {"to": CUSTOMERS[channel], "name": "Ada"} | row), {})
    request = campaign.request_for(contact)
    return reach_once(request, campaign.draft_for(contact, request.channel_type), clock=stage.now)


def begin(stage: Stage, outreach: dict[str, str], earlier: Earlier) -> None:
    """Let an earlier try get as far as it did."""
    if earlier:
        Attempt(stage, reach(stage, outreach, again=False), hit_at(*earlier))
        stage.play()


def every_step_is_hit(
    make: Callable[[], Stage], grid: Grid, outreach: dict[str, str], earlier: Earlier, title: str
) -> list[str]:
    """Hit every step of a try, one after the other, with every fault; give the steps."""
    steps, bad = smooth(make(), outreach, earlier), []
    for place in worth_hitting(steps):
        for fault in FAULTS:
            problem = cell(make(), outreach, earlier, place, fault)
            grid.note(title, steps[place], fault.name, good=not problem)
            if problem:
                bad.append(f"{steps[place]} (request {place + 1}) x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)
    return steps


def smooth(stage: Stage, outreach: dict[str, str], earlier: Earlier) -> list[str]:
    """Name the steps of a try that nothing hits."""
    begin(stage, outreach, earlier)
    (only,) = tries(stage, lambda _: reach(stage, outreach, again=earlier is not None), iter([SMOOTH]))
    return [named(request) for request in only.requests]


def cell(stage: Stage, outreach: dict[str, str], earlier: Earlier, place: int, fault: Fault) -> str | None:
    """Hit one step, and try until it ends; an hour later, clear. Say what is wrong in the end."""
    begin(stage, outreach, earlier)
    done = tries(
        stage,
        lambda again: reach(stage, outreach, again=again or earlier is not None),
        hit_at(place, fault),
    )
    stage.sandbox.clock.advance("1h")
    cleared = tries(stage, lambda _: reach(stage, outreach, again=True))
    return problem_with(stage, done[-1].result) or problem_with(stage, cleared[-1].result)


def problem_with(stage: Stage, result: Any) -> str | None:
    if not isinstance(result, ReachedContact):
        return f"ended with {result!r}"
    held = counted(stage.sandbox)
    messages = [one.sid for one in stage.sandbox.messages]
    if held != ONE_OF_EACH or messages != [result.message.message_sid]:
        return f"left {held}, messages {messages}, told {result.message.message_sid}"
    right = right_sids(stage.sandbox)
    return None if sids_of(result.opened) == right else f"wrong SIDs: {result.opened}, not {right}"
