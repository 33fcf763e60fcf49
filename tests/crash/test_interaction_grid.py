"""Whatever hits whichever step of an outreach, retries and a clear end with one of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from tests.crash.faults import (
    ANSWER_LOST,
    ERROR_AFTER,
    ERROR_BEFORE,
    KILLED_AFTER,
    KILLED_BEFORE,
    LIMITED,
    NEVER_ARRIVED,
    PROXY_AFTER,
    PROXY_BEFORE,
    Fault,
    killed_in_flight,
)
from tests.crash.grid import Grid
from tests.crash.outreaches import (
    CUSTOMERS,
    FORMS,
    ONE_OF_EACH,
    USER_ID,
    counted,
    is_lock,
    open_locks,
    open_outreach,
    right_sids,
    sids_of,
)
from tests.crash.stage import Attempt, Stage
from tests.crash.tries import hit_at, named, tries, worth_hitting

FAULTS = (
    NEVER_ARRIVED,
    ANSWER_LOST,
    ERROR_BEFORE,
    ERROR_AFTER,
    PROXY_BEFORE,
    PROXY_AFTER,
    LIMITED,
    KILLED_BEFORE,
    KILLED_AFTER,
    killed_in_flight(8.0),
)
SERVICE = "MG" + "1" * 32
Outreach = dict[str, Any]
"""Arguments of an outreach."""


@pytest.mark.parametrize("lag", [0, 5, 20])
@pytest.mark.parametrize("second", ["refuse", "drop", "accept"])
@pytest.mark.parametrize("earlier", ["none", "killed before", "killed after", "done"])
@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_one_of_each(
    new_stage: Callable[..., Stage], grid: Grid, strategy: str, earlier: str, second: str, lag: float
):
    make = partial(new_stage, second=second, lag=lag)
    steps = every_step_is_hit(make, grid, {"strategy": strategy}, earlier, strategy)
    assert len(steps) >= STEPS_AT_LEAST[strategy, earlier]


# "web" is "chat" by another name; SMS is above.
@pytest.mark.parametrize("earlier", ["none", "killed before", "killed after", "done"])
@pytest.mark.parametrize("channel", ["whatsapp", "messenger", "chat", "email"])
def test_one_of_each_on_every_channel(
    new_stage: Callable[..., Stage], grid: Grid, channel: str, earlier: str
):
    outreach = {"channel": channel, "to": CUSTOMERS[channel]}
    every_step_is_hit(new_stage, grid, outreach, earlier, channel)


@pytest.mark.parametrize("earlier", ["none", "killed after"])
@pytest.mark.parametrize("channel", ["messenger", "chat"])
def test_one_of_each_by_one_call_on_every_channel(
    new_stage: Callable[..., Stage], grid: Grid, channel: str, earlier: str
):
    outreach = {"channel": channel, "to": CUSTOMERS[channel], "strategy": "one_call"}
    every_step_is_hit(new_stage, grid, outreach, earlier, f"{channel} by one_call")


@pytest.mark.parametrize("earlier", ["none", "killed before", "killed after"])
@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
@pytest.mark.parametrize("to", [FORMS[1], USER_ID])
def test_one_of_each_for_a_customer_of_several_addresses(
    new_stage: Callable[..., Stage], grid: Grid, to: str, strategy: str, earlier: str
):
    outreach = {"channel": "whatsapp", "to": to, "strategy": strategy}
    every_step_is_hit(new_stage, grid, outreach, earlier, f"{to[9:12]}… by {strategy}")


@pytest.mark.parametrize("earlier", ["none", "killed before", "killed after", "done"])
@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_one_of_each_with_a_messaging_service(
    new_stage: Callable[..., Stage], grid: Grid, strategy: str, earlier: str
):
    outreach = {"strategy": strategy, "messaging_service_sid": SERVICE}
    every_step_is_hit(new_stage, grid, outreach, earlier, f"a Messaging Service by {strategy}")


@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_one_of_each_of_two_outreaches_to_one_customer(
    new_stage: Callable[..., Stage], grid: Grid, strategy: str
):
    """One is killed at any step, one under the other form of the number comes, and the first is retried."""
    outreach = {"channel": "whatsapp", "strategy": strategy}
    first, second = (outreach | {"to": to, "key": derive_key(to)} for to in FORMS)
    for place, step in enumerate(smooth(new_stage(), first, "none")):
        for fault in (KILLED_BEFORE, KILLED_AFTER):
            held = held_of_both(new_stage(), first, second, hit_at(place, fault))
            good = held == ONE_OF_EACH
            grid.note(f"{strategy}, then another form of the number", step, fault.name, good=good)
            assert good, (step, fault.name, held)


def held_of_both(stage: Stage, first: Outreach, second: Outreach, faults: Iterator[Fault]) -> dict[str, int]:
    """Count what is left of two outreaches to one customer, the first of which is hit."""
    Attempt(stage, open_outreach(stage, **first), faults)
    stage.play()
    tries(stage, lambda _: open_outreach(stage, **second))
    tries(stage, lambda _: open_outreach(stage, **first, retried=True))
    return counted(stage.sandbox)


def every_step_is_hit(
    make: Callable[[], Stage], grid: Grid, outreach: Outreach, earlier: str, title: str
) -> list[str]:
    """Hit every step of a try, one after the other, with every fault; give the steps."""
    steps = smooth(make(), outreach, earlier)
    bad = []
    for place in worth_hitting(steps):
        for fault in FAULTS:
            problem = cell(make(), outreach, earlier, place, fault)
            grid.note(TITLES[earlier].format(title), steps[place], fault.name, good=not problem)
            if problem:
                bad.append(f"{steps[place]} (request {place + 1}) x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)
    return steps


TITLES = {
    "none": "{}, first try",
    "killed before": "{}, a retry that opens",
    "killed after": "{}, a retry that finds the task",
    "done": "{}, a retry that finds the record",
}
STEPS_AT_LEAST = {
    ("conversation_first", "none"): 4,
    ("conversation_first", "killed before"): 15,
    ("conversation_first", "killed after"): 4,
    ("conversation_first", "done"): 2,
    ("one_call", "none"): 4,
    ("one_call", "killed before"): 10,
    ("one_call", "killed after"): 4,
    ("one_call", "done"): 1,
}


def interaction_place(outreach: Outreach) -> int:
    """Count the requests of a first try that come before CreateInteraction."""
    on_chat, by_one_call = outreach.get("channel") == "chat", outreach.get("strategy") == "one_call"
    if outreach.get("to") in FORMS:
        return 3 if by_one_call else 4
    return 3 if on_chat and not by_one_call else 2


def begin(stage: Stage, outreach: Outreach, earlier: str) -> None:
    """Let an earlier try get as far as it did."""
    place = interaction_place(outreach)
    hits = {
        "killed before": hit_at(place, KILLED_BEFORE),
        "killed after": hit_at(place, KILLED_AFTER),
        "done": iter(()),
    }
    if earlier in hits:
        Attempt(stage, open_outreach(stage, **outreach), hits[earlier])
        stage.play()


def smooth(stage: Stage, outreach: Outreach, earlier: str) -> list[str]:
    """Name the steps of a try that nothing hits."""
    begin(stage, outreach, earlier)
    (only,) = tries(stage, lambda _: open_outreach(stage, **outreach, retried=earlier != "none"))
    return [named(request) for request in only.requests]


def cell(stage: Stage, outreach: Outreach, earlier: str, place: int, fault: Fault) -> str | None:
    """Hit one step, and try until it ends; an hour later, clear.

    :returns: what is wrong in the end.
    """
    begin(stage, outreach, earlier)
    done = tries(
        stage,
        lambda again: open_outreach(stage, **outreach, retried=earlier != "none" or again),
        hit_at(place, fault),
    )
    stage.sandbox.clock.advance("1h")
    cleared = tries(stage, lambda _: open_outreach(stage, **outreach, retried=True))
    service = outreach.get("messaging_service_sid")
    return problem_with(stage, done[-1].result, cleared[-1].result) or service_problem(stage, service)


def service_problem(stage: Stage, service: str | None) -> str | None:
    conversations = [one for one in stage.sandbox._store.conversations if not is_lock(one)]
    held = {one.messaging_service_sid for one in conversations}
    return None if held == {service} else f"the conversation's service is {held}, not {service}"


def problem_with(stage: Stage, result: Any, cleared: Any) -> str | None:
    for ended in (result, cleared):
        if not isinstance(ended, InteractionResult):
            return f"ended with {ended!r}"
    if open_locks(stage.sandbox):
        return "left a lock"
    held = counted(stage.sandbox)
    if held != ONE_OF_EACH:
        return f"left {held}"
    right = right_sids(stage.sandbox)
    if sids_of(result) != right or sids_of(cleared) != right or cleared.created:
        return f"wrong SIDs: {result}, {cleared}, not {right}"
    return None
