"""Waiting for a lock that others hold, and giving it back after whatever happened under it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.outreach.lock import Lock, run_exclusively, run_locked
from airflow_provider_flexout.twilio.api.conversations import Conversation, fetch_conversation
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import Conflict, NotFound, OutcomeUnknown, RequestRejected
from airflow_provider_flexout.twilio.http.resource import ResponseInfo
from tests.crash.faults import Interrupted

KEY, TTL = "fx" + 32 * "0", 40.0
TAKEN = Conflict("CreateConversation", "taken", code=ErrorCode.CONVERSATION_NAME_TAKEN)
CREATED = datetime(2026, 11, 28, 10, tzinfo=timezone.utc)


def granted(create):
    """Respond to the creation of the lock."""
    return Conversation.model_validate({"sid": "CH9", "attributes": create.form["Attributes"]})


class Attempt:
    """An attempt at something under a lock, a step at a time, with a clock that its pauses move."""

    def __init__(self, *looks):
        self.now, self.pauses, self.acted = 0.0, [], 0
        self._looks = iter(looks)
        self._steps = run_exclusively(KEY, self._act, self._look, lambda: self.now, TTL)

    def _act(self):
        self.acted += 1
        yield create_message("CH1", body="Hello")
        return "sent"

    def _look(self):
        yield from ()
        return next(self._looks, None)

    def next(self, response=None):
        """Give the next request; where there is none, the result."""
        try:
            step = (
                self._steps.throw(response)
                if isinstance(response, BaseException)
                else self._steps.send(response)
            )
            while isinstance(step, Sleep):
                self.pauses.append(step.seconds)
                self.now += step.seconds
                step = self._steps.send(None)
        except StopIteration as done:
            return done.value
        return step

    def wait(self):
        """Find the lock held until the attempt gives up; give the request or the result that comes then."""
        step = self.next()
        while getattr(step, "name", None) == "CreateConversation":
            fetch = self.next(TAKEN)
            assert fetch.name == "FetchConversation"
            step = self.next(Conversation.model_validate({"sid": "CH9", "attributes": "{}"}))
        return step


@pytest.mark.parametrize("end", [min, max])
def test_whoever_waits_looks_ever_less_often_and_gives_up_after_the_lease_and_a_while(monkeypatch, end):
    monkeypatch.setattr(random, "uniform", lambda *ends: end(ends))
    attempt = Attempt()
    with pytest.raises(ReconciliationPending, match="for too long"):
        attempt.wait()
    longest, expected = TTL * timing.LOCK_LONGEST_PAUSE_SHARE, timing.LOCK_SHORTEST_PAUSE
    for pause in attempt.pauses:
        assert pause == pytest.approx(expected * end(0.7, 1.3))
        expected = min(longest, expected * 1.5)
    assert TTL + timing.LOCK_WAIT <= attempt.now < TTL + timing.LOCK_WAIT + 1.3 * longest
    assert attempt.acted == 0


def test_those_who_wait_do_not_look_at_the_same_moment():
    waits = [Attempt(None, "found") for _ in range(10)]
    for one in waits:
        one.wait()
    assert len({one.now for one in waits}) > 1


@pytest.mark.parametrize("end", [min, max])
@pytest.mark.parametrize("left", [0.0, 1.0, 5.0])
def test_whoever_waits_is_back_soon_after_a_dead_holders_lock_may_be_removed(monkeypatch, end, left):
    monkeypatch.setattr(random, "uniform", lambda *ends: end(ends))
    attempt, before = Attempt(), 0.0
    attempt.next()
    for age in (*[0.0] * 5, TTL + timing.VISIBILITY_DELAY + timing.CLOCK_RESOLUTION - left):
        assert attempt.next(TAKEN).name == "FetchConversation"
        held = Conversation.model_validate({"sid": "CH9", "date_created": CREATED})
        held.attach(ResponseInfo(date=format_datetime(CREATED + timedelta(seconds=age), usegmt=True)))
        before = attempt.now
        assert attempt.next(held).name == "CreateConversation"
    assert before + left <= attempt.now <= before + left + timing.LOCK_REMOVAL_PAUSE * 1.3


@pytest.mark.parametrize("stop", [Interrupted(), TimeoutError()])
def test_whoever_is_stopped_while_the_lock_is_taken_gives_it_back(stop):
    attempt = Attempt()
    create = attempt.next()
    fetch = attempt.next(stop)
    deletion = attempt.next(granted(create))
    assert [fetch.name, deletion.name] == ["FetchConversation", "DeleteConversation"]
    assert fetch.start_within == deletion.start_within == timing.GIVE_BACK_WITHIN
    with pytest.raises(type(stop)):
        attempt.next()
    assert attempt.acted == 0


@pytest.mark.parametrize(
    "found",
    [Conversation.model_validate({"sid": "CH9", "attributes": "{}"}), NotFound("FetchConversation", "none")],
    ids=["somebody else's", "none"],
)
def test_whoever_is_stopped_leaves_the_lock_of_somebody_else(found):
    attempt = Attempt()
    attempt.next()
    assert attempt.next(Interrupted()).name == "FetchConversation"
    with pytest.raises(Interrupted):
        attempt.next(found)


def test_what_the_holder_did_ends_the_wait():
    attempt = Attempt(None, None, "found")
    assert attempt.wait() == "found"
    assert (len(attempt.pauses), attempt.acted) == (3, 0)


def test_the_time_of_a_lock_is_what_its_taker_says():
    attempt = Attempt()
    create = attempt.next()
    attempt.now += 15.0
    assert attempt.next(granted(create)).start_within == TTL - 15.0


@pytest.mark.parametrize(
    ("outcome", "is_given_back"),
    [
        (RequestRejected("CreateConversationMessage", "no"), True),
        (OutcomeUnknown("CreateConversationMessage", "no response"), True),
        (Interrupted(), False),
        (TimeoutError(), False),
    ],
)
def test_what_ends_under_it(outcome, is_given_back):
    """It is kept where a request is on its way and nobody will know what came of it."""
    attempt = Attempt()
    assert attempt.next(granted(attempt.next())).name == "CreateConversationMessage"
    if is_given_back:
        assert attempt.next(outcome).name == "DeleteConversation"
    with pytest.raises(type(outcome)):
        attempt.next(None if is_given_back else outcome)


@pytest.mark.parametrize(
    ("outcome", "known"),
    [
        ("a message", True),
        (RequestRejected("CreateConversationMessage", "no"), True),
        (OutcomeUnknown("CreateConversationMessage", "no response"), False),
        (Interrupted(), False),
    ],
)
def test_whether_the_outcome_of_what_was_sent_is_known(outcome, known):
    def send():
        yield fetch_conversation("CH1")
        try:
            yield create_message("CH1", body="Hello")
        except BaseException:
            yield fetch_conversation("CH2")
        yield fetch_conversation("CH3")

    lock = Lock(10.0)
    steps = run_locked(send(), lock, lambda: 0.0)
    next(steps)
    assert lock.outcome_known is True
    steps.send(None)
    assert lock.outcome_known is False
    steps.throw(outcome) if isinstance(outcome, BaseException) else steps.send(outcome)
    assert lock.outcome_known is known
