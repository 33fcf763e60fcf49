"""A customer is reached soon after the last kill, however often and whenever a task was killed before."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import pytest

from airflow_provider_flexout.bulk.contacts.reach_once import ReachedContact
from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash import test_campaign_grid as campaign
from tests.crash.faults import KILLED_AFTER, KILLED_BEFORE, Fault, Killed, killed_in_flight
from tests.crash.grid import Grid
from tests.crash.outreaches import ONE_OF_EACH, conversation_in, counted, open_outreach, send_message
from tests.crash.stage import LONGEST_STORY, Attempt, Stage
from tests.crash.test_notification_grid import PLACES, notify, prepare
from tests.crash.test_same_moment import KINDS, alone, reached
from tests.crash.tries import hit_at, named, tries

LONGEST = 90.0
"""Seconds from the last kill until the customer is reached."""
LONGEST_WITH_LOCK = timing.LOCK_TTL + timing.VISIBILITY_DELAY + 15.0
"""The same where the killed try held a lock, which the next one has to wait for."""
BETWEEN_TRIES = 3.0
MOST_TRIES = 60
INTERACTION = "CreateInteraction"
LATE = killed_in_flight(timing.VISIBILITY_DELAY - 1.0)
"""The process is dead, and its request arrives as late as any may."""


class Task:
    """A task whose tries are killed one after the other, and what becomes of it.

    :param stage: where.
    :param make: makes a try, told whether there was one before.
    :param killed_after: for each try, the seconds after which it is killed; the others are not.
    :param interrupted: whether a try is interrupted, as by Airflow's timeout, in place of killed.
    :param first_hit: what happens to the first try; by default it is killed before its third request.
    """

    def __init__(
        self,
        stage: Stage,
        make: Callable[[bool], Procedure[Any]],
        killed_after: Iterable[float],
        *,
        interrupted: bool = False,
        first_hit: Iterator[Fault] | None = None,
    ) -> None:
        self._stage = stage
        self._make = make
        self._killed_after = iter(killed_after)
        self._interrupted = interrupted
        self._first_hit = first_hit or hit_at(2, KILLED_BEFORE)
        self.tries = 0
        self.began = self.last_kill = stage.now()
        self.reached_at: float | None = None
        self.results: list[Any] = []
        self._start()

    def _start(self) -> None:
        self.tries += 1
        first = self.tries == 1
        attempt = Attempt(self._stage, self._make(not first), self._first_hit if first else (), self._end)
        after = None if first else next(self._killed_after, None)
        if after is not None:
            self._stage.at(after, attempt.interrupt if self._interrupted else attempt.kill)

    def _end(self, attempt: Attempt) -> None:
        self.results.append(attempt.result)
        if isinstance(attempt.result, Killed):
            self.last_kill = self._stage.now()
        elif not isinstance(attempt.result, Exception):
            self.reached_at = self._stage.now()
            return
        if self.tries < MOST_TRIES:
            self._stage.at(BETWEEN_TRIES, self._start)


def opening(stage: Stage, **arguments: Any) -> Callable[[bool], Procedure[Any]]:
    return lambda again: open_outreach(stage, retried=again, **arguments)


KILLS = [
    *([seconds] * number for seconds in (1, 5, 9, 11, 20, 30, 45) for number in (1, 2, 5, 9)),
    *([first, second] for first in (46, 48, 50, 53, 55) for second in (9, 12, 30)),
]


@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
@pytest.mark.parametrize("second", ["refuse", "accept"])
def test_killed(new_stage: Callable[..., Stage], grid: Grid, second: str, strategy: str):
    for kills in KILLS:
        stage = new_stage(second=second)
        task = Task(stage, opening(stage, strategy=strategy), kills)
        stage.play()
        assert counted(stage.sandbox) == ONE_OF_EACH
        assert task.reached_at is not None, (kills, task.results)
        assert task.reached_at - task.last_kill <= LONGEST, (kills, task.reached_at - task.last_kill)
        grid.histories[f"killed again and again, {strategy}"] += 1


@pytest.mark.parametrize("seconds", [12.0, 15.0, 20.0, 30.0, 60.0])
@pytest.mark.parametrize("name", KINDS)
def test_an_execution_timeout(new_stage: Callable[..., Stage], grid: Grid, name: str, seconds: float):
    """Each try begins where the last one stopped, and one that is interrupted gives its lease back."""
    kind = KINDS[name]
    steps, once = alone(new_stage, kind)
    sends_at = steps.index(kind.request)
    for place in range(sends_at + 1):
        for fault in (KILLED_BEFORE, LATE) if place == sends_at else (KILLED_BEFORE,):
            stage = new_stage()
            prepared = kind.prepare(stage)

            def make(again: bool, stage: Stage = stage, prepared: Any = prepared) -> Procedure[Any]:
                return kind.make(stage, prepared, retried=again, shared_key=False)

            timeouts = itertools.repeat(seconds)
            task = Task(stage, make, timeouts, interrupted=True, first_hit=hit_at(place, fault))
            stage.play()
            assert reached(stage) == once, steps[place]
            assert task.reached_at is not None, task.results
            both = timing.VISIBILITY_DELAY if "campaign" in name else 0.0  # opens, and then sends
            assert task.reached_at - task.began <= LONGEST + both
            grid.histories["an execution_timeout of 12 to 60 seconds"] += 1


@pytest.mark.parametrize("after", [1.0, 9.0, 20.0])
@pytest.mark.parametrize("name", KINDS)
def test_killed_while_it_waits(new_stage: Callable[..., Stage], grid: Grid, name: str, after: float):
    """Tries that are killed before they send make the next one wait for no longer."""
    kind = KINDS[name]
    steps, once = alone(new_stage, kind)
    stage = new_stage()
    prepared = kind.prepare(stage)
    task = Task(
        stage,
        lambda again: kind.make(stage, prepared, retried=again, shared_key=False),
        [after] * 9,
        first_hit=hit_at(steps.index(kind.request), LATE),
    )
    stage.play()
    assert reached(stage) == once
    assert task.reached_at is not None, task.results
    assert task.reached_at - task.last_kill <= LONGEST
    grid.histories["killed again and again while it waits"] += 1


@pytest.mark.parametrize("seconds", [0.05, 0.15, 0.25, 0.35, 0.45])
def test_a_lease_that_is_given_back_holds_up_nobody(new_stage: Callable[..., Stage], seconds: float):
    """Where nothing was sent under it, the next try has nothing to wait for but others of its kind."""
    stage = new_stage()
    first = Attempt(stage, open_outreach(stage))
    stage.at(seconds, first.interrupt)
    stage.play()
    began = stage.now()
    retry = Attempt(stage, open_outreach(stage, retried=True))
    stage.play()
    assert counted(stage.sandbox) == ONE_OF_EACH
    assert retry.result.created == (len(first.requests) < 4 or named(first.requests[2]) != INTERACTION)
    assert stage.now() - began < timing.LEASE_CONFIRMATION + 5.0


@pytest.mark.parametrize("kind", ["message", "campaign", "campaign by one_call"])
def test_a_message(new_stage: Callable[..., Stage], grid: Grid, kind: str):
    for kills in KILLS:
        stage = new_stage()
        sid = conversation_in(stage) if kind == "message" else None

        def make(again: bool, stage: Stage = stage, sid: str | None = sid) -> Procedure[Any]:
            if sid:
                return send_message(stage, sid, retried=again)
            how = {"strategy": "one_call"} if "one_call" in kind else {}
            return campaign.reach(stage, how, again=again)

        task = Task(stage, make, kills, first_hit=hit_at(1 if sid else 3, KILLED_BEFORE))
        stage.play()
        assert len(stage.sandbox.messages) == 1
        assert task.reached_at is not None, (kills, task.results)
        assert task.reached_at - task.last_kill <= LONGEST, (kills, task.reached_at - task.last_kill)
        grid.histories[f"killed again and again, {kind}"] += 1


@pytest.mark.parametrize("interrupted", [False, True], ids=["killed", "interrupted"])
@pytest.mark.parametrize("place", PLACES)
def test_a_notification(new_stage: Callable[..., Stage], grid: Grid, place: str, interrupted: bool):
    """Whoever is killed, while it holds the lock or waits for it, holds up the next one for no longer."""
    first = new_stage()
    given_sid = prepare(first, place)
    (only,) = tries(first, lambda _: notify(first, given_sid))
    for step, name in enumerate(named(request) for request in only.requests):
        for kills in ([], [9.0], [0.3, 31.0], [12.0] * 3, [61.0], [20.0, 0.25]):
            for fault in (KILLED_BEFORE, KILLED_AFTER):
                stage = new_stage()
                sid = prepare(stage, place)
                hit = hit_at(step, fault)
                make = partial(lambda _, stage, sid: notify(stage, sid), stage=stage, sid=sid)
                task = Task(stage, make, kills, interrupted=interrupted, first_hit=hit)
                stage.play()
                assert len(stage.sandbox.messages) == 1
                assert task.reached_at is not None, (name, kills, task.results)
                assert task.reached_at - task.last_kill <= LONGEST_WITH_LOCK, (name, kills)
                grid.histories[f"a notifier {'interrupted' if interrupted else 'killed'} at any step"] += 1


CONTACTS, AT_WORK = 400, 100
CAMPAIGN_KILLS = (0.7, 2.0, 3.5, 3.7, 5.0, 6.0)
"""The seconds for which each try of the campaign lives."""


def test_a_campaign(new_stage: Callable[..., Stage], grid: Grid):
    """Everybody is reached once, and those whom a kill caught half-way within the same time as one alone."""
    stage = new_stage()
    people = [f"+1202555{number:04}" for number in range(100, 100 + CONTACTS)]
    at_work: set[Attempt] = set()
    reached_at: dict[str, float] = {}
    killed_at = stage.now()

    def begin_try(again: bool) -> None:
        waiting = iter([one for one in people if one not in reached_at])

        def begin() -> None:
            if to := next(waiting, None):
                at_work.add(
                    Attempt(stage, campaign.reach(stage, {}, again=again, to=to), (), partial(end, to))
                )

        def end(to: str, attempt: Attempt) -> None:
            at_work.discard(attempt)
            if isinstance(attempt.result, Killed):
                return
            assert isinstance(attempt.result, ReachedContact), attempt.result
            reached_at[to] = stage.now()
            begin()

        for _ in range(AT_WORK):
            begin()

    def kill() -> None:
        nonlocal killed_at
        killed_at = stage.now()
        for attempt in list(at_work):
            attempt.kill()
        stage.at(BETWEEN_TRIES, partial(begin_try, again=True))

    begin_try(again=False)
    moment = 0.0
    for lives in CAMPAIGN_KILLS:
        moment += lives
        stage.at(moment, kill)
        moment += BETWEEN_TRIES
    stage.play(20 * LONGEST_STORY)
    assert len(reached_at) == len(stage.sandbox.messages) == len(stage.sandbox.interactions) == CONTACTS
    assert max(reached_at.values()) - killed_at <= LONGEST
    grid.histories[f"a campaign of {CONTACTS}, killed {len(CAMPAIGN_KILLS)} times"] += 1
