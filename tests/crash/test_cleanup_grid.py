"""A task that fails for good leaves no conversation without an agent, and clearing it starts afresh."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.twilio.http.errors import FlexoutError, RequestRejected
from tests.crash.faults import KILLED_BEFORE, Fault
from tests.crash.grid import Grid
from tests.crash.outreaches import ONE_OF_EACH, counted, open_outreach, right_sids, sids_of
from tests.crash.stage import Attempt, Stage
from tests.crash.test_interaction_grid import FAULTS
from tests.crash.tries import hit_at, named, tries


def failing(stage: Stage, faults: Iterable[Fault], *, retried: bool) -> Attempt:
    """A last try whose interaction Twilio refuses."""
    if retried:
        Attempt(stage, open_outreach(stage), hit_at(2, KILLED_BEFORE))
        stage.play()
    stage.sandbox.faults.fail("CreateInteraction", 400)
    attempt = Attempt(stage, open_outreach(stage, retried=retried, last_try=True), faults)
    stage.play()
    return attempt


@pytest.mark.parametrize("retried", [False, True])
def test_each_step_of_giving_up(new_stage: Callable[..., Stage], grid: Grid, retried: bool):
    stage = new_stage()
    attempt = failing(stage, (), retried=retried)
    assert isinstance(attempt.result, RequestRejected)
    assert stage.sandbox.conversations == []
    steps = [named(request) for request in attempt.requests]
    assert steps[-1] == "DeleteConversation"
    bad = []
    for place in range(steps.index("CreateInteraction") + 1, len(steps)):
        for fault in FAULTS:
            problem = cell(new_stage(), hit_at(place, fault), retried=retried)
            title = f"a last {'retry' if retried else 'first try'} that is refused"
            grid.note(title, steps[place], fault.name, good=not problem)
            if problem:
                bad.append(f"{steps[place]} x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)


def cell(stage: Stage, faults: Iterable[Fault], *, retried: bool) -> str | None:
    failed = failing(stage, faults, retried=retried).result
    if not isinstance(failed, Exception):
        return f"ended with {failed}"
    cleared = tries(stage, lambda _: open_outreach(stage, retried=True))[-1].result
    if not isinstance(cleared, InteractionResult) or not cleared.created:
        return f"the clear ended with {cleared!r}"
    if counted(stage.sandbox) != ONE_OF_EACH or sids_of(cleared) != right_sids(stage.sandbox):
        return f"the clear left {counted(stage.sandbox)}"
    return None


@pytest.mark.parametrize("limited", [False, True])
def test_a_last_try_whose_interactions_all_fail_leaves_nothing(stage: Stage, limited: bool):
    faults = stage.sandbox.faults
    if limited:
        faults.rate_limit("CreateInteraction", retry_after=90, times=None)
    else:
        faults.fail("CreateInteraction", 503, times=None)
    attempt = Attempt(stage, open_outreach(stage, last_try=True))
    stage.play()
    assert isinstance(attempt.result, FlexoutError)
    assert not attempt.result.permanent
    assert stage.sandbox.conversations == []
    faults.clear()
    assert tries(stage, lambda _: open_outreach(stage, retried=True))[-1].result.created
    assert counted(stage.sandbox) == ONE_OF_EACH
