"""Histories that nobody thought of: workers at once, clears, faults in a row, requests still in flight.

Where Twilio refuses or drops a second interaction on a conversation, attempts may stand still for as
long as they like. Where it accepts one, no client can tell that a request is still to come; there,
whatever was sent takes effect, and shows in the list of tasks, within the visibility delay of the moment at
which the process last looked at its clock. :data:`EDGE` is that period, less a second. Nothing guards a
deletion, so that it keeps to this edge everywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.outreach.message.send_once import SentMessage
from airflow_provider_flexout.outreach.timing import VISIBILITY_DELAY
from airflow_provider_flexout.sandbox import Sandbox
from tests.crash.faults import (
    ANSWER_LOST,
    ERROR_AFTER,
    ERROR_BEFORE,
    KILLED_AFTER,
    KILLED_BEFORE,
    LIMITED,
    NEVER_ARRIVED,
    SMOOTH,
    Fault,
    Killed,
    limited_for,
)
from tests.crash.grid import Grid
from tests.crash.outreaches import (
    ONE_OF_EACH,
    conversation_in,
    counted,
    open_outreach,
    right_sids,
    send_message,
    sids_of,
)
from tests.crash.stage import Attempt, Stage
from tests.crash.tries import hit_at, tries

EDGE = VISIBILITY_DELAY - 1.0
SHORT = (NEVER_ARRIVED, ANSWER_LOST, ERROR_BEFORE, ERROR_AFTER, LIMITED, KILLED_BEFORE, KILLED_AFTER)
LONG_PAUSE = 200.0
LAGS = st.sampled_from((0.0, 5.0, 20.0))


@dataclasses.dataclass(frozen=True)
class Try:
    """What happens to one try of a worker, and how long after the one before it begins."""

    delay: float
    hits: tuple[tuple[int, Fault], ...]
    """Each fault, with the number of requests before it that go well."""

    def faults(self) -> Iterator[Fault]:
        return chain.from_iterable(chain(repeat(SMOOTH, skip), [fault]) for skip, fault in self.hits)


def slow(most: float) -> st.SearchStrategy[Fault]:
    """A process that stands still before it sends, a request that takes its time, or both, to a limit."""

    def split(total: float, share: float, killed: bool) -> Fault:
        before = total * share
        name = "slow, killed" if killed else "slow"
        return Fault(name, before, total - before, killed="in flight" if killed else None)

    totals = st.floats(0.1, most) | st.just(most)
    return st.builds(split, totals, st.sampled_from((0.0, 0.5, 1.0)), st.booleans())


def worker(most: float, *, tries: int = 3) -> st.SearchStrategy[list[Try]]:
    """The tries that one worker makes."""
    fault = st.sampled_from(SHORT) | slow(most) | st.builds(limited_for, st.sampled_from((5.0, 15.0, 40.0)))
    skip = st.integers(0, 4) | st.integers(0, 16)
    hits = st.lists(st.tuples(skip, fault), max_size=4).map(tuple)
    delay = st.sampled_from((0.0, 0.5, 5.0, 20.0)) | st.floats(0.0, 90.0)
    return st.lists(st.builds(Try, delay, hits), min_size=1, max_size=tries)


def play(stage: Stage, workers: list[list[Try]], make: Any) -> list[Attempt]:
    """Let all workers make their tries, each its own one after the other."""
    ended: list[Attempt] = []

    def start(planned: list[Try], number: int) -> None:
        def then(attempt: Attempt) -> None:
            ended.append(attempt)
            failed = isinstance(attempt.result, Exception)
            if failed and number + 1 < len(planned):
                stage.at(planned[number + 1].delay, lambda: start(planned, number + 1))

        last = number + 1 == len(planned)
        Attempt(stage, make(number > 0, last), planned[number].faults(), then)

    for planned in workers:
        stage.at(planned[0].delay, lambda planned=planned: start(planned, 0))
    stage.play()
    return ended


def a_stage(second: str = "refuse", lag: float = 0.0) -> Stage:
    sandbox = Sandbox(seed=7, frozen=True)
    sandbox.settings.second_interaction = second
    sandbox.task_list_lag = lag
    return Stage(sandbox)


def leave_one(stage: Stage) -> None:
    """Let an attempt be killed before its interaction, so that all that follow have to reconcile."""
    Attempt(stage, open_outreach(stage), hit_at(2, KILLED_BEFORE))
    stage.play()


def no_false_alarm(ended: list[Attempt]) -> None:
    """Nothing in these histories is wrong for good, so nothing may end an attempt for good."""
    for attempt in ended:
        if isinstance(attempt.result, Exception) and not isinstance(attempt.result, Killed):
            assert not attempt.result.permanent, attempt.result
        event(type(attempt.result).__name__)


def one_of_each(stage: Stage, ended: list[Attempt], strategy: str) -> None:
    cleared = tries(stage, lambda _: open_outreach(stage, strategy=strategy, retried=True))
    no_false_alarm(ended + cleared)
    assert isinstance(cleared[-1].result, InteractionResult), cleared[-1].result
    assert counted(stage.sandbox) == ONE_OF_EACH
    opened = [one.result for one in ended + cleared if isinstance(one.result, InteractionResult)]
    right = right_sids(stage.sandbox)
    assert [one for one in opened if sids_of(one) != right] == []
    assert sum(one.created for one in opened) <= 1


@settings(settings.get_profile("once"))
@given(data=st.data(), second=st.sampled_from(("refuse", "drop")), lag=LAGS, left=st.booleans())
def test_workers_at_once_where_twilio_takes_one_interaction(
    grid: Grid, data: st.DataObject, second: str, lag: float, left: bool
):
    workers = data.draw(st.lists(worker(LONG_PAUSE), min_size=1, max_size=3))
    stage = a_stage(second, lag)
    if left:
        leave_one(stage)
    ended = play(
        stage, workers, lambda retried, last: open_outreach(stage, retried=retried, last_try=last and retried)
    )
    one_of_each(stage, ended, "conversation_first")
    grid.histories["workers at once, a second interaction is refused or dropped"] += 1


@settings(settings.get_profile("once"))
@given(data=st.data(), lag=LAGS, left=st.booleans())
def test_workers_at_once_where_twilio_takes_any_number(
    grid: Grid, data: st.DataObject, lag: float, left: bool
):
    workers = data.draw(st.lists(worker(EDGE - lag), min_size=1, max_size=3))
    stage = a_stage("accept", lag)
    if left:
        leave_one(stage)
    ended = play(
        stage, workers, lambda retried, last: open_outreach(stage, retried=retried, last_try=last and retried)
    )
    one_of_each(stage, ended, "conversation_first")
    grid.histories["workers at once, a second interaction is accepted"] += 1


@settings(settings.get_profile("once"))
@given(data=st.data(), lag=LAGS)
def test_one_call_tried_again_and_again(grid: Grid, data: st.DataObject, lag: float):
    one_worker = data.draw(worker(EDGE - lag, tries=4))
    stage = a_stage("accept", lag)
    ended = play(
        stage,
        [one_worker],
        lambda retried, last: open_outreach(
            stage, strategy="one_call", retried=retried, last_try=last and retried
        ),
    )
    one_of_each(stage, ended, "one_call")
    grid.histories["one_call, tried again and again"] += 1


@settings(settings.get_profile("once"))
@given(one_worker=worker(EDGE, tries=4))
def test_a_message_tried_again_and_again(grid: Grid, one_worker: list[Try]):
    stage = a_stage()
    sid = conversation_in(stage)
    ended = play(stage, [one_worker], lambda retried, _: send_message(stage, sid, retried=retried))
    cleared = tries(stage, lambda _: send_message(stage, sid, retried=True))
    no_false_alarm(ended + cleared)
    (message,) = stage.sandbox.messages
    said = [one.result for one in ended + cleared if isinstance(one.result, SentMessage)]
    assert {one.message_sid for one in said} == {message.sid}
    assert sum(one.created for one in said) <= 1
    grid.histories["a message, tried again and again"] += 1
