"""Whatever hits whichever step of an opening, retries and a clear end with one of each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from airflow_provider_flexout.outreach.opening.request import Opened
from tests.once.grid import Grid
from tests.once.mishaps import (
    ANSWER_LOST,
    ERROR_AFTER,
    ERROR_BEFORE,
    KILLED_AFTER,
    KILLED_BEFORE,
    LIMITED,
    NEVER_ARRIVED,
    Mishap,
    killed_in_flight,
)
from tests.once.outreaches import ONE_OF_EACH, counted, opening, right_sids, sids_of
from tests.once.stage import Attempt, Stage
from tests.once.tries import hit_at, named, tries, worth_hitting

FAULTS = (
    NEVER_ARRIVED,
    ANSWER_LOST,
    ERROR_BEFORE,
    ERROR_AFTER,
    LIMITED,
    KILLED_BEFORE,
    KILLED_AFTER,
    killed_in_flight(8.0),
)
INTERACTION = 2
"""The place of CreateInteraction among the requests of a first try, in either strategy."""


@pytest.mark.parametrize("lag", [0, 5, 20])
@pytest.mark.parametrize("second", ["refuse", "drop", "accept"])
@pytest.mark.parametrize("earlier", ["none", "killed before", "killed after", "done"])
@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_one_of_each(
    new_stage: Callable[..., Stage], grid: Grid, strategy: str, earlier: str, second: str, lag: float
):
    make = partial(new_stage, second=second, lag=lag)
    steps = smooth(make(), strategy, earlier)
    assert len(steps) >= STEPS_AT_LEAST[strategy, earlier]
    bad = []
    for place in worth_hitting(steps):
        for fault in FAULTS:
            problem = cell(make(), strategy, earlier, place, fault)
            grid.note(TITLES[earlier].format(strategy), steps[place], fault.name, good=not problem)
            if problem:
                bad.append(f"{steps[place]} (request {place + 1}) x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)


TITLES = {
    "none": "{}, first try",
    "killed before": "{}, a retry that opens",
    "killed after": "{}, a retry that finds the task",
    "done": "{}, a retry that finds the mark",
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


def begin(stage: Stage, strategy: str, earlier: str) -> None:
    """Let an earlier try get as far as it did."""
    hits = {
        "killed before": hit_at(INTERACTION, KILLED_BEFORE),
        "killed after": hit_at(INTERACTION, KILLED_AFTER),
        "done": iter(()),
    }
    if earlier in hits:
        Attempt(stage, opening(stage, strategy=strategy), hits[earlier])
        stage.play()


def smooth(stage: Stage, strategy: str, earlier: str) -> list[str]:
    """Name the steps of a try that nothing hits."""
    begin(stage, strategy, earlier)
    (only,) = tries(stage, lambda _: opening(stage, strategy=strategy, retried=earlier != "none"))
    return [named(request) for request in only.requests]


def cell(stage: Stage, strategy: str, earlier: str, place: int, fault: Mishap) -> str | None:
    """Hit one step, and try until it ends; an hour later, clear.

    :returns: what is wrong in the end.
    """
    begin(stage, strategy, earlier)
    done = tries(
        stage,
        lambda again: opening(stage, strategy=strategy, retried=earlier != "none" or again),
        hit_at(place, fault),
    )
    stage.sandbox.clock.advance("1h")
    cleared = tries(stage, lambda _: opening(stage, strategy=strategy, retried=True))
    return problem_with(stage, done[-1].result, cleared[-1].result)


def problem_with(stage: Stage, result: Any, cleared: Any) -> str | None:
    for ended in (result, cleared):
        if not isinstance(ended, Opened):
            return f"ended with {ended!r}"
    held = counted(stage.sandbox)
    if held != ONE_OF_EACH:
        return f"left {held}"
    right = right_sids(stage.sandbox)
    if sids_of(result) != right or sids_of(cleared) != right or cleared.created:
        return f"wrong SIDs: {result}, {cleared}, not {right}"
    return None
