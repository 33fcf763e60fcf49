"""One person under two ids of a campaign, the first try killed at any step: one message, and never none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_flexout.bulk.contacts.reach_once import ReachedContact
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ContactedAlready
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.faults import KILLED_AFTER, KILLED_BEFORE
from tests.crash.grid import Grid
from tests.crash.stage import Attempt, Stage
from tests.crash.test_campaign_grid import STEPS, reach
from tests.crash.tries import hit_at, tries

OUTREACHES = {
    "an agent now": {},
    "by one_call": {"strategy": "one_call"},
    "a Messaging Service": {"messaging_service_sid": "MG" + "1" * 32},
}


@pytest.mark.parametrize("closed", [False, True], ids=["left open", "closed"])
@pytest.mark.parametrize("title", OUTREACHES)
def test_a_person_under_two_ids(new_stage: Callable[..., Stage], grid: Grid, title: str, closed: bool):
    bad = []
    for place, step in enumerate(STEPS):
        for fault in (KILLED_BEFORE, KILLED_AFTER):
            problem = problem_with(new_stage(), OUTREACHES[title], hit_at(place, fault), closed=closed)
            row = f"a campaign, {title}, then another id, the first {'closed' if closed else 'left open'}"
            grid.note(row, step, fault.name, good=not problem)
            if problem:
                bad.append(f"{step} x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)


def problem_with(stage: Stage, outreach: dict[str, str], hits: Any, *, closed: bool) -> str | None:
    """Kill a try under one id, try under the other, and then under the first again. Say what is wrong."""
    Attempt(stage, reach(stage, outreach, again=False, resumed=True, id="1"), hits)
    stage.play()
    if closed:
        end_all(stage)
    ends = [
        tries(stage, lambda _, one=one: reach(stage, outreach, again=True, id=one))[-1].result
        for one in ("2", "1")
    ]
    told = f"{len(stage.sandbox.messages)} messages, and ended with {ends}"
    allowed = (ReachedContact, ContactedAlready, AlreadyTalking)
    return (
        None if len(stage.sandbox.messages) == 1 and all(isinstance(one, allowed) for one in ends) else told
    )


def end_all(stage: Stage) -> None:
    """Close every conversation, and let a minute go by."""

    def close(sid: str) -> Procedure[None]:
        yield update_conversation(sid, state="closed")

    for one in stage.sandbox.conversations:
        if one.state != "closed":
            Attempt(stage, close(one.sid))
    stage.play()
    stage.sandbox.clock.advance("1m")
