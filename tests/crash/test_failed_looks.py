"""A request that arrives after its client has given it up, and failed looks for its effect in between."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, repeat

import pytest

from tests.crash.faults import ERROR_BEFORE, LIMITED, NO_CONNECTION, Fault
from tests.crash.grid import Grid
from tests.crash.stage import READ_TIMEOUT, Stage
from tests.crash.test_same_moment import KINDS, alone, play, problem_with
from tests.crash.tries import hit_at

LATE = Fault("late", flight=READ_TIMEOUT + 15.0)
LOOKS = {"no connection": NO_CONNECTION, "500": ERROR_BEFORE, "429": LIMITED}
FAILED = (1, 5, 6, 10, 12)
"""Requests that fail after it; five of them are one call and its repetitions, unless it is a 429."""


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside another task"])
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", KINDS)
def test_a_look_that_fails_is_none(
    new_stage: Callable[..., Stage], grid: Grid, name: str, look: str, beside: bool
):
    """Nothing is sent again, by this task or another, before the looks have lasted long enough."""
    kind, how = KINDS[name], {"retried": False, "shared_key": beside}
    steps, once = alone(new_stage, kind)
    request = steps.index(kind.request) + 2 * beside
    for failed in FAILED:
        stage = new_stage()
        faults = chain(hit_at(request, LATE), repeat(LOOKS[look], failed))
        tasks = [(0.0, faults, how), *([(1.0, (), how)] if beside else [])]
        problem = problem_with(stage, once, play(stage, kind, tasks))
        shown = f"{name}{', beside another' if beside else ''}"
        grid.note(f"{shown}, late, then failed looks", f"{failed} fail", look, good=not problem)
        assert problem is None, failed
