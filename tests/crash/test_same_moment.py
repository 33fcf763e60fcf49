"""Several processes with one ``idempotency_key`` at the very same moment, and processes that stand still."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.follow_up.anchor import find_anchor
from airflow_provider_flexout.outreach.follow_up.cadence import plan_cadence
from airflow_provider_flexout.outreach.follow_up.procedure import follow_up
from airflow_provider_flexout.outreach.timing import VISIBILITY_DELAY
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash import test_campaign_grid as campaign
from tests.crash.faults import Fault
from tests.crash.grid import Grid
from tests.crash.outreaches import conversation_in, open_locks, open_outreach, send_message
from tests.crash.stage import Attempt, Stage
from tests.crash.test_agents_grid import inviting, open_one
from tests.crash.tries import MOST_TRIES, RETRY_DELAY, hit_at, named, tries

PROCESSES, CUSTOMERS = 3, 30
MOMENTS = (0.0, 0.05, 0.3)
"""Within so many seconds all begin. A request takes a tenth of a second, and its response another."""
STANDS_STILL = (25.0, 100.0)
AROUND_THE_LAST_LOOK = 60
"""Tenths of a second in which a retry that found nothing looks for the last time, and sends."""
BESIDE = (-1.0, -0.1, 0.0, 0.1, 1.0)
"""Seconds between the end of standing still and the last look of a retry that has sent nothing yet."""


def reminding(stage: Stage, sid: str, *, shared_key: bool, **attempt: Any) -> Procedure[Any]:
    """Send the first step of a follow-up, which is due."""
    steps = [{"after": "1s", "body": "Are you there?"}, {"after": "1d", "body": "Hello?"}]
    cadence = plan_cadence(
        key=derive_key("follow-up"), conversation_sid=sid, steps=steps, shared_key=shared_key
    )
    anchor = yield from find_anchor(cadence)
    return (yield from follow_up(cadence, anchor, clock=stage.now, **attempt))


def said_in(stage: Stage) -> str:
    """Make a conversation in which we have said something."""
    sid = conversation_in(stage)
    tries(stage, lambda _: send_message(stage, sid, key="before"))
    stage.sandbox.clock.advance("1m")
    return sid


@dataclass(frozen=True)
class Kind:
    """Something that reaches somebody.

    :param request: the request that does.
    :param make: makes an attempt, told what was prepared; ``retried`` and ``shared_key`` are given by name.
    :param prepare: makes what it needs.
    """

    request: str
    make: Callable[..., Procedure[Any]]
    prepare: Callable[[Stage], Any] = lambda _: None


def reach(stage: Stage, outreach: dict[str, str], retried: bool, shared_key: bool) -> Procedure[Any]:
    return campaign.reach(stage, outreach, again=retried, resumed=retried or shared_key)


ONE_CALL = {"strategy": "one_call"}
KINDS = {
    "message": Kind("CreateConversationMessage", send_message, conversation_in),
    "follow-up": Kind("CreateConversationMessage", reminding, said_in),
    "invite": Kind("CreateInteractionChannelInvite", inviting, open_one),
    "conversation_first": Kind("CreateInteraction", lambda stage, _, **how: open_outreach(stage, **how)),
    "one_call": Kind("CreateInteraction", lambda stage, _, **how: open_outreach(stage, **ONE_CALL, **how)),
    "campaign": Kind("CreateConversationMessage", lambda stage, _, **how: reach(stage, {}, **how)),
    "campaign by one_call": Kind(
        "CreateConversationMessage", lambda stage, _, **how: reach(stage, ONE_CALL, **how)
    ),
}


def reached(stage: Stage) -> tuple[int, int, int]:
    """Count what reached somebody: interactions, tasks of agents, messages."""
    return len(stage.sandbox.interactions), len(stage.sandbox.tasks), len(stage.sandbox.messages)


def play(
    stage: Stage, kind: Kind, tasks: Iterable[tuple[float, Iterable[Fault], dict[str, bool]]]
) -> list[Any]:
    """Let tasks begin, each at its moment, with its faults and arguments, and try again as Airflow does.

    :returns: what became of the last try of each.
    """
    prepared, results = kind.prepare(stage), {}

    def start(number: int, faults: Iterable[Fault], how: dict[str, bool], left: int = MOST_TRIES) -> None:
        def then(attempt: Attempt) -> None:
            results[number] = attempt.result
            if getattr(attempt.result, "permanent", True) is False and left > 1:
                stage.at(RETRY_DELAY, lambda: start(number, (), {**how, "retried": True}, left - 1))

        Attempt(stage, kind.make(stage, prepared, **how), faults, then)

    for number, (moment, faults, how) in enumerate(tasks):
        stage.at(moment, partial(start, number, faults, how))
    stage.play()
    return list(results.values())


def alone(new_stage: Callable[..., Stage], kind: Kind) -> tuple[list[str], tuple[int, int, int]]:
    """Name the requests of a task that is alone, and count what it reaches."""
    stage = new_stage()
    prepared = kind.prepare(stage)
    (only,) = tries(stage, lambda _: kind.make(stage, prepared, retried=False, shared_key=False))
    return [named(request) for request in only.requests], reached(stage)


def problem_with(stage: Stage, once: tuple[int, int, int], results: list[Any]) -> str | None:
    if reached(stage) != once:
        return f"reached {reached(stage)}, not {once}"
    failed = [one for one in results if isinstance(one, Exception)]
    return f"ended with {failed!r}" if failed else None


@pytest.mark.parametrize("within", MOMENTS)
@pytest.mark.parametrize("name", KINDS)
def test_one_key_at_the_same_moment(new_stage: Callable[..., Stage], grid: Grid, name: str, within: float):
    kind, dice = KINDS[name], random.Random(11)  # noqa: S311 - moments, not secrets
    _, once = alone(new_stage, kind)
    shared = {"retried": False, "shared_key": True}
    for _ in range(CUSTOMERS):
        stage = new_stage()
        results = play(stage, kind, [(dice.uniform(0.0, within), (), shared) for _ in range(PROCESSES)])
        assert problem_with(stage, once, results) is None
        assert open_locks(stage.sandbox) == []
        grid.histories[f"{PROCESSES} tasks with one key at the same moment, {name}"] += 1


@pytest.mark.parametrize("seconds", STANDS_STILL)
@pytest.mark.parametrize("name", KINDS)
def test_a_first_try_that_stands_still(
    new_stage: Callable[..., Stage], grid: Grid, name: str, seconds: float
):
    """Whatever a later try does in the meantime, one of them sends."""
    kind, default = KINDS[name], {"shared_key": False}
    steps, once = alone(new_stage, kind)
    for place in range(steps.index(kind.request)):
        for start in (0.5, *(seconds - VISIBILITY_DELAY + by for by in BESIDE)):
            stage, stands_still = new_stage(), Fault("stands still", after=seconds)
            first = 0.0, hit_at(place, stands_still), default | {"retried": False}
            results = play(stage, kind, [first, (max(0.0, start), (), default | {"retried": True})])
            problem = problem_with(stage, once, results)
            grid.note(f"{name}, a first try stands still", steps[place], f"{seconds:g} s", good=not problem)
            assert problem is None, (steps[place], start)


@pytest.mark.parametrize("name", [name for name in KINDS if "campaign" not in name])
def test_a_first_try_that_stands_still_before_its_first_look(
    new_stage: Callable[..., Stage], grid: Grid, name: str
):
    """It was given up, and goes on before, while or after a later try looks for the last time and sends."""
    kind = KINDS[name]
    _, once = alone(new_stage, kind)
    for tenths in range(AROUND_THE_LAST_LOOK):
        stage = new_stage()

        def beginning(stage: Stage = stage, tenths: int = tenths) -> Iterator[Any]:
            first = {"retried": False, "shared_key": False, "began_at": stage.now()}
            yield VISIBILITY_DELAY - 1.0 + tenths / 10, (), first
            yield 0.0, (), first | {"retried": True}

        problem = problem_with(stage, once, play(stage, kind, beginning()))
        grid.note(f"{name}, a first try stands still", "its first look", "30 s", good=not problem)
        assert problem is None, tenths
