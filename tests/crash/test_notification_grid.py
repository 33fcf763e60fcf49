"""A notification that is asked for often, at the same time, and by processes that die, is given once."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import SentMessage
from airflow_provider_flexout.outreach.notification.notify_once import Notification, notify_once
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.faults import KILLED_BEFORE, Fault
from tests.crash.grid import Grid
from tests.crash.outreaches import CUSTOMER, conversation_in
from tests.crash.stage import Attempt, Stage
from tests.crash.test_histories import EDGE, Try, a_stage, no_false_alarm, play, worker
from tests.crash.test_interaction_grid import FAULTS
from tests.crash.tries import hit_at, named, tries, worth_hitting
from tests.outreach_request import request_of

PLACES = ("opened", "joined", "given")


def notify(stage: Stage, given_sid: str | None = None) -> Procedure[SentMessage]:
    """One call of a notifier."""
    key = derive_key("the load has failed")
    draft = MessageDraft(key=key, conversation_sid=given_sid, body="The load has failed.")
    request = None
    if given_sid is None:
        defaults = ConnectionDefaults.from_extra("flexout_default", stage.sandbox.connection()["extra"])
        request = request_of(key="", channel="sms", to=CUSTOMER, defaults=defaults, last_try=True)
    return notify_once(Notification.checked(draft, request), clock=stage.now)


def prepare(stage: Stage, place: str) -> str | None:
    """Let there be what the place needs; give the SID that the notifier is told."""
    if place == "opened":
        return None
    sid = conversation_in(stage)
    return sid if place == "given" else None


def problem(stage: Stage, ended: list[Attempt]) -> str | None:
    """Say what is wrong with what the sandbox holds, or with what the attempts ended with."""
    messages = stage.sandbox.messages
    if len(messages) != 1:
        return f"left {len(messages)} messages"
    held = stage.sandbox.conversations
    if sum(bool(one.participants) for one in held) != 1:
        return f"left {len(held)} conversations"
    if any(not str(one.unique_name).startswith("flexout_lock_") for one in held if not one.participants):
        return "left a conversation without participants that is no lock"
    if len(held) > 2:
        return "left more than one lock behind"
    told = [one.result for one in ended if isinstance(one.result, SentMessage)]
    if {one.message_sid for one in told} != {messages[0].sid}:
        return f"ended with {[one.result for one in ended]!r}"
    return None if sum(one.created for one in told) <= 1 else "two say that they sent it"


@pytest.mark.parametrize("place", PLACES)
def test_one_message_whatever_is_hit(grid: Grid, stage: Stage, place: str):
    given_sid = prepare(stage, place)
    (only,) = tries(stage, lambda _: notify(stage, given_sid))
    assert problem(stage, [only]) is None
    steps = [named(request) for request in only.requests]
    bad = []
    for step in worth_hitting(steps):
        for fault in FAULTS:
            stage.sandbox.reset()
            wrong = cell(stage, place, step, fault)
            grid.note(f"notify_once, {place}", steps[step], fault.name, good=not wrong)
            if wrong:
                bad.append(f"{steps[step]} x {fault.name}: {wrong}")
    assert not bad, "\n" + "\n".join(bad)


def cell(stage: Stage, place: str, step: int, fault: Fault) -> str | None:
    given_sid = prepare(stage, place)
    ended = tries(stage, lambda _: notify(stage, given_sid), hit_at(step, fault))
    stage.sandbox.clock.advance("1h")
    ended += tries(stage, lambda _: notify(stage, given_sid))
    return problem(stage, ended)


@settings(settings.get_profile("once"), max_examples=100)
@given(workers=st.lists(worker(EDGE), min_size=2, max_size=4), place=st.sampled_from(PLACES))
def test_called_by_many_at_once(grid: Grid, workers: list[list[Try]], place: str):
    stage = a_stage()
    given_sid = prepare(stage, place)
    ended = play(stage, workers, lambda _retried, _last: notify(stage, given_sid))
    stage.sandbox.clock.advance("1h")
    ended += tries(stage, lambda _: notify(stage, given_sid))
    no_false_alarm(ended)
    assert problem(stage, ended) is None
    grid.histories["a notification, called for by many at once"] += 1


@pytest.mark.parametrize(("calls", "dead"), [(500, 0), (100, 1)], ids=["500", "100, the first dies"])
def test_a_storm_of_calls(stage: Stage, calls: int, dead: int):
    dice = random.Random(7)  # noqa: S311 - moments, not secrets
    ended: list[Attempt] = []
    for number in range(calls):
        faults = hit_at(6, KILLED_BEFORE) if number < dead else iter(())
        moment = dice.uniform(0.05, 30.0) if number else 0.0
        stage.at(moment, lambda faults=faults: Attempt(stage, notify(stage), faults, ended.append))
    stage.play()
    assert len(ended) == calls
    assert problem(stage, ended) is None
    assert len(stage.sandbox.tasks) == len(stage.sandbox.interactions) == 1
    assert sum(isinstance(one.result, SentMessage) for one in ended) == calls - dead
