"""A lease that arrives late over another one, whose holder has confirmed it and sends."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import pytest

from tests.crash.faults import KILLED_BEFORE, Fault, limited_for
from tests.crash.grid import Grid
from tests.crash.outreaches import ONE_OF_EACH, counted, open_outreach
from tests.crash.stage import Attempt, Stage
from tests.crash.tries import hit_at

MOMENTS = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
FLIGHTS = (5.0, 5.5, 6.0, 8.0, 15.0, 20.0, 25.0, 29.0)
LOOKS = range(6, 11)
"""Of the late attempt, the requests that go well before it writes its lease."""


@pytest.mark.parametrize("lag", [0, 20])
@pytest.mark.parametrize("flight", FLIGHTS)
def test_whoever_overwrites_a_lease_waits_for_what_its_holder_sends(
    new_stage: Callable[..., Stage], grid: Grid, lag: float, flight: float
):
    for looks in LOOKS:
        for moment in MOMENTS:
            stage = new_stage(second="accept", lag=lag)
            Attempt(stage, open_outreach(stage), hit_at(2, KILLED_BEFORE))
            stage.play()
            late = chain(hit_at(1, limited_for(40.0)), hit_at(looks, Fault("late", flight=flight)))
            Attempt(stage, open_outreach(stage), late)
            stage.at(moment, lambda stage=stage: Attempt(stage, open_outreach(stage)))
            stage.play()
            assert counted(stage.sandbox) == ONE_OF_EACH, (looks, moment)
            grid.histories["a lease that arrives late over another"] += 1
