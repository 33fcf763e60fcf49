"""Chat users have no address: Twilio lets them be in many conversations, so we look."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.outreach.orphans import delete_orphan, find_orphans
from tests.crash.faults import KILLED_AFTER, KILLED_BEFORE, Fault
from tests.crash.outreaches import CUSTOMERS, ONE_OF_EACH, counted, open_outreach, right_sids, sids_of
from tests.crash.stage import Attempt, Stage
from tests.crash.tries import hit_at, tries

CHAT = {"channel": "chat", "to": CUSTOMERS["chat"]}
LOOK, PARTICIPANT, INTERACTION = 1, 2, 3
both = pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])


def result_of(stage: Stage, *faults: Fault, **arguments):
    attempt = Attempt(stage, open_outreach(stage, **CHAT, **arguments), faults)
    stage.play()
    return attempt.result


@both
def test_a_customer_who_is_talking_is_left_alone(stage: Stage, strategy: str):
    first = result_of(stage, strategy=strategy)
    second = result_of(stage, strategy=strategy, key=derive_key("another"))
    assert isinstance(second, AlreadyTalking)
    assert second.conversation_sid == first.conversation_sid
    assert counted(stage.sandbox) == ONE_OF_EACH


@both
def test_a_conversation_can_be_joined(stage: Stage, strategy: str):
    result_of(stage, strategy=strategy)
    joined = result_of(stage, strategy=strategy, key=derive_key("another"), on_open_conversation="join")
    assert isinstance(joined, InteractionResult)
    assert sids_of(joined) == right_sids(stage.sandbox)
    assert counted(stage.sandbox) == ONE_OF_EACH


@pytest.mark.parametrize("place", [LOOK, PARTICIPANT, INTERACTION])
@pytest.mark.parametrize("killed", [KILLED_BEFORE, KILLED_AFTER], ids=lambda one: one.name)
def test_an_attempts_own_conversation_is_nobody_elses(stage: Stage, place: int, killed: Fault):
    done = tries(stage, lambda again: open_outreach(stage, **CHAT, retried=again), hit_at(place, killed))
    assert sids_of(done[-1].result) == right_sids(stage.sandbox)
    assert counted(stage.sandbox) == ONE_OF_EACH


def test_a_refused_interaction_leaves_no_conversation_behind(stage: Stage):
    refused = Fault("refused", flight=None, answer=400)
    result_of(stage, *hit_at(INTERACTION, refused), last_try=True)
    assert counted(stage.sandbox) == dict.fromkeys(ONE_OF_EACH, 0)


@pytest.mark.parametrize("place", [PARTICIPANT, INTERACTION])
def test_what_a_lost_machine_left_is_swept_and_can_be_opened_again(stage: Stage, place: int):
    result_of(stage, *hit_at(place, KILLED_BEFORE), last_try=True)
    stage.sandbox.clock.advance("2h")
    workspace_sid = stage.sandbox.connection()["extra"]["workspace_sid"]

    def orphans():
        (left,) = yield from find_orphans(timedelta(hours=1))
        return (yield from delete_orphan(left, workspace_sid, clock=stage.now))

    swept = Attempt(stage, orphans())
    stage.play()
    assert swept.result is True
    assert stage.sandbox.conversations == []
    assert result_of(stage, retried=True).created
