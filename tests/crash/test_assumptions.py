"""Once, on whichever side of each assumption about Twilio the truth lies.

The sandbox has a switch for each thing that Twilio does not publish. Every procedure that reaches somebody is
hit at each of its steps by each fault, under each setting of each switch, on a first try and after one that
was killed. ``make grids`` runs all of it and prints the table. ``make test`` draws a sample, the same each
time.
"""

from __future__ import annotations

import itertools
import os
import zlib
from collections.abc import Callable

import pytest

from airflow_provider_flexout.sandbox.wire.assumptions import ASSUMPTIONS
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.faults import KILLED_AFTER, KILLED_BEFORE, Fault
from tests.crash.grid import Grid
from tests.crash.outreaches import open_locks
from tests.crash.stage import Attempt, Stage
from tests.crash.test_interaction_grid import FAULTS
from tests.crash.test_notification_grid import notify
from tests.crash.test_same_moment import KINDS, Kind, problem_with, reached
from tests.crash.tries import hit_at, named, tries, worth_hitting

ALL_KINDS = KINDS | {
    "notification": Kind("CreateConversationMessage", lambda stage, _, **__: notify(stage)),
}
SETTINGS = [(one.setting, choice) for one in ASSUMPTIONS for choice in one.choices]
ALL = bool(os.environ.get("FLEXOUT_GRIDS"))
PAIRS = [
    (setting, choice, name)
    for number, (setting, choice) in enumerate(SETTINGS)
    for place, name in enumerate(ALL_KINDS)
    if ALL or (number + place) % 4 == 0
]
ONE_IN = 1 if ALL else 20
"""Of so many cells, one is run."""
EARLIER = {"none": None, "killed before": KILLED_BEFORE, "killed after": KILLED_AFTER}
"""What became of the try before, at the request that reaches somebody."""


@pytest.mark.parametrize(("setting", "choice", "name"), PAIRS)
def test_once(new_stage: Callable[..., Stage], grid: Grid, setting: str, choice: str, name: str):
    kind, bad = ALL_KINDS[name], []

    def play(*hits: tuple[int, Fault]) -> tuple[Stage, list[Attempt], list[object]]:
        stage = new_stage(**{setting: choice})
        prepared = kind.prepare(stage)

        def make(again: bool) -> Procedure[object]:
            return kind.make(stage, prepared, retried=again, shared_key=False)

        ended = tries(stage, make, *(hit_at(*hit) for hit in hits))
        stage.sandbox.clock.advance("1h")
        cleared = tries(stage, lambda _: make(True))
        return stage, ended, [ended[-1].result, cleared[-1].result]

    alone, (first,), _ = play()
    once, request = reached(alone), [named(one) for one in first.requests].index(kind.request)
    for earlier, killed in EARLIER.items():
        before = [(request, killed)] if killed else []
        steps = [named(one) for one in play(*before)[1][-1].requests]
        for place, fault in itertools.product(worth_hitting(steps), FAULTS):
            if zlib.crc32(f"{setting} {choice} {name} {earlier} {place} {fault.name}".encode()) % ONE_IN:
                continue
            stage, _, results = play(*before, (place, fault))
            problem = problem_with(stage, once, results)
            if not problem and open_locks(stage.sandbox):
                problem = "left a lock"
            grid.note(f"{setting}={choice}", name, fault.name, good=not problem)
            if problem:
                bad.append(f"{earlier}, {steps[place]} (request {place + 1}) x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)
