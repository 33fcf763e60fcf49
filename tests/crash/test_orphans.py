"""What a lost machine leaves is found and removed, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.orphans import delete_orphan, find_orphans
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.faults import KILLED_AFTER, KILLED_BEFORE
from tests.crash.outreaches import ONE_OF_EACH, conversation_in, counted, open_outreach, right_sids, sids_of
from tests.crash.stage import Attempt, Stage
from tests.crash.test_conversation_grid import create
from tests.crash.tries import hit_at


def orphans(stage: Stage) -> Procedure[list[tuple[str, bool]]]:
    workspace_sid = stage.sandbox.connection()["extra"]["workspace_sid"]
    swept = []
    for one in (yield from find_orphans(timedelta(hours=1))):
        gone = yield from delete_orphan(one, workspace_sid, clock=stage.now)
        swept.append((one.conversation_sid, gone))
    return swept


def run(stage: Stage, procedure: Procedure[Any]) -> Any:
    attempt = Attempt(stage, procedure)
    stage.play()
    return attempt.result


def killed_at(stage: Stage, place: int, how: Any = KILLED_BEFORE) -> None:
    Attempt(stage, open_outreach(stage, last_try=True), hit_at(place, how))
    stage.play()


@pytest.mark.parametrize("place", [1, 2])
def test_what_a_killed_last_try_leaves_is_removed(stage: Stage, place: int):
    killed_at(stage, place)
    (left,) = stage.sandbox.conversations
    stage.sandbox.clock.advance(2 * 3600)
    assert run(stage, orphans(stage)) == [(left.sid, True)]
    assert stage.sandbox.conversations == []
    assert run(stage, open_outreach(stage, retried=True)).created
    assert counted(stage.sandbox) == ONE_OF_EACH


def test_what_may_still_be_at_work_is_left_alone(stage: Stage):
    killed_at(stage, 2)
    stage.sandbox.clock.advance(1800)
    assert run(stage, orphans(stage)) == []
    assert len(stage.sandbox.conversations) == 1


def no_agent(stage: Stage, how: Any = None, **arguments: Any) -> None:
    procedure = create(stage, retried=False, **arguments)
    Attempt(stage, procedure, hit_at(2, how) if how else ())
    stage.play()
    stage.sandbox.clock.advance(2 * 3600)


def test_a_conversation_without_an_agent_is_an_orphan_while_it_has_no_webhook(stage: Stage):
    no_agent(stage, KILLED_BEFORE)
    (left,) = stage.sandbox.conversations
    assert run(stage, orphans(stage)) == [(left.sid, True)]
    assert stage.sandbox.conversations == []


@pytest.mark.parametrize("arguments", [{}, {"on_reply": "pipeline"}])
def test_a_conversation_without_an_agent_that_is_complete_stays(stage: Stage, arguments: dict[str, Any]):
    no_agent(stage, **arguments)
    assert run(stage, orphans(stage)) == []
    assert len(stage.sandbox.conversations) == 1


def test_an_interaction_that_nobody_wrote_down_keeps_its_conversation(stage: Stage):
    stage.sandbox.agent().away()
    killed_at(stage, 2, KILLED_AFTER)
    stage.sandbox.clock.advance(2 * 3600)
    assert [gone for _, gone in run(stage, orphans(stage))] == [False]
    assert counted(stage.sandbox) == ONE_OF_EACH
    adopted = run(stage, open_outreach(stage, retried=True))
    assert sids_of(adopted) == right_sids(stage.sandbox)


def test_a_conversation_in_which_something_was_said_stays(stage: Stage):
    killed_at(stage, 2)
    (left,) = stage.sandbox.conversations

    def said() -> Procedure[Any]:
        return (yield create_message(left.sid, body="Hello?"))

    run(stage, said())
    stage.sandbox.clock.advance(2 * 3600)
    assert run(stage, orphans(stage)) == [(left.sid, False)]
    assert len(stage.sandbox.conversations) == 1


def test_an_open_outreach_is_not_touched(stage: Stage):
    run(stage, open_outreach(stage))
    stage.sandbox.clock.advance(2 * 3600)
    assert run(stage, orphans(stage)) == []


def test_a_conversation_of_somebody_else_is_not_touched(stage: Stage):
    conversation_in(stage)
    stage.sandbox.clock.advance(2 * 3600)
    assert run(stage, orphans(stage)) == []


def test_a_task_that_is_cleared_while_it_is_swept_ends_with_one_of_each(stage: Stage):
    killed_at(stage, 2)
    stage.sandbox.clock.advance(2 * 3600)
    sweeping = Attempt(stage, orphans(stage))
    cleared: list[Attempt] = []
    stage.at(20, lambda: cleared.append(Attempt(stage, open_outreach(stage, retried=True))))
    stage.play()
    assert not isinstance(sweeping.result, Exception)
    assert sids_of(cleared[0].result) == right_sids(stage.sandbox)
    assert counted(stage.sandbox) == ONE_OF_EACH


def test_too_young_is_refused(stage: Stage):
    with pytest.raises(InvalidInput, match=r"older_than: 5 minutes is too .* the shortest is 10 minutes"):
        next(find_orphans(timedelta(minutes=5)))
