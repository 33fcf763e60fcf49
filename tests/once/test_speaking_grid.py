"""Whatever hits whichever step of a message, retries and a clear end with one message."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.speaking import Said
from tests.once.grid import Grid
from tests.once.mishaps import KILLED_AFTER, KILLED_BEFORE, Mishap
from tests.once.outreaches import conversation_in, saying
from tests.once.stage import Attempt, Stage
from tests.once.test_opening_grid import FAULTS
from tests.once.tries import hit_at, named, tries, worth_hitting

MESSAGE = 1
"""The place of CreateConversationMessage among the requests of a first try."""

TITLES = ("first try", "first try, just opened", "a retry that sends", "a retry that finds the message")


@pytest.mark.parametrize("title", TITLES)
def test_one_message(grid: Grid, stage: Stage, title: str):
    sid = conversation_in(stage)
    begin(stage, sid, title)
    (only,) = tries(stage, lambda _: a_try(sid, title, again=False))
    steps = [named(request) for request in only.requests]
    bad = []
    for place in worth_hitting(steps):
        for fault in FAULTS:
            stage.sandbox.reset()
            problem = cell(stage, title, place, fault)
            grid.note(f"say_once, {title}", steps[place], fault.name, good=not problem)
            if problem:
                bad.append(f"{steps[place]} x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)


def begin(stage: Stage, sid: str, title: str) -> None:
    """Let an earlier try get as far as it did."""
    if title.startswith("a retry"):
        killed = KILLED_BEFORE if title == "a retry that sends" else KILLED_AFTER
        Attempt(stage, saying(sid), hit_at(MESSAGE, killed))
        stage.play()


def a_try(sid: str, title: str, *, again: bool):
    if title == "first try, just opened" and not again:
        return saying(sid, looked=True)
    return saying(sid, retried=again or title.startswith("a retry"))


def cell(stage: Stage, title: str, place: int, fault: Mishap) -> str | None:
    sid = conversation_in(stage)
    begin(stage, sid, title)
    done = tries(stage, lambda again: a_try(sid, title, again=again), hit_at(place, fault))
    stage.sandbox.clock.advance("1h")
    cleared = tries(stage, lambda _: saying(sid, retried=True))
    messages = stage.sandbox.messages
    if len(messages) != 1:
        return f"left {len(messages)} messages"
    right = Said(messages[0].sid, sid, messages[0].index, created=False)
    if cleared[-1].result != right:
        return f"the clear ended with {cleared[-1].result!r}"
    result = done[-1].result
    if not isinstance(result, Said) or result.as_dict() | {"created": False} != right.as_dict():
        return f"ended with {result!r}"
    return None
