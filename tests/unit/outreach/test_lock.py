"""The lock over all processes: who holds it, for how long, and what becomes of one whose holder died."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.outreach.lock import Lock, age_of, release, run_locked, take_lock
from airflow_provider_flexout.twilio.api.conversations import (
    Conversation,
    create_conversation,
    fetch_conversation,
    update_conversation,
)
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import Conflict, NotFound
from airflow_provider_flexout.twilio.http.resource import ResponseInfo

KEY = "fx" + 32 * "0"


@pytest.fixture
def clock(sandbox):
    return sandbox.clock.time


@pytest.fixture
def take(client, clock):
    return lambda: client.run(take_lock(KEY, clock))


def test_a_lock_is_an_empty_conversation_that_nobody_sees(take, sandbox):
    lock = take()
    (conversation,) = sandbox.conversations
    assert (conversation.sid, conversation.unique_name) == (lock.sid, f"flexout_lock_{KEY}")
    assert not conversation.participants


def test_one_holds_it(take):
    assert isinstance(take(), Lock)
    assert not isinstance(take(), Lock)
    assert not isinstance(take(), Lock)


def test_locks_of_other_keys_are_other_locks(client, clock, take):
    assert isinstance(take(), Lock)
    assert isinstance(client.run(take_lock("fx" + 32 * "1", clock)), Lock)


def test_released_it_is_free(client, take, sandbox):
    client.run(release(take()))
    assert sandbox.conversations == []
    assert isinstance(take(), Lock)


def test_releasing_what_is_gone_is_no_error(client, take):
    lock = take()
    client.run(release(lock))
    client.run(release(lock))


def test_a_lock_that_cannot_be_removed_is_no_error(client, take, sandbox):
    lock = take()
    sandbox.faults.fail("DeleteConversation", 500, times=None)
    client.run(release(lock))
    assert len(sandbox.conversations) == 1


def test_it_is_ours_when_only_the_response_was_lost(take, sandbox):
    sandbox.faults.drop_response("CreateConversation")
    assert take().sid == sandbox.conversations[0].sid


def test_its_time_counts_from_before_the_request(take, sandbox, clock):
    began = clock()
    sandbox.faults.delay("CreateConversation", 7)
    lock = take()
    assert lock.until == began + timing.LOCK_TTL


OVER = timing.LOCK_TTL + timing.VISIBILITY_DELAY


@pytest.mark.parametrize("age", [0, timing.LOCK_TTL, OVER, OVER + timing.CLOCK_RESOLUTION])
def test_a_dead_holders_lock_stays_while_something_may_still_come_of_it(take, sandbox, age):
    left = take()
    sandbox.clock.advance(age)
    assert OVER - age <= take() <= OVER - age + 2 * timing.CLOCK_RESOLUTION
    assert [one.sid for one in sandbox.conversations] == [left.sid]


def test_after_the_visibility_delay_it_is_removed_and_free_for_everybody(take, sandbox):
    left = take()
    sandbox.clock.advance(OVER + 2 * timing.CLOCK_RESOLUTION)
    assert take() == 0.0, "whoever removes it competes for the name like everybody else"
    assert sandbox.conversations == []
    assert take().sid != left.sid


def test_twilio_closes_what_nobody_asks_for_again(take, sandbox):
    take()
    sandbox.clock.advance("10m")
    assert [one.state for one in sandbox.conversations] == ["closed"]


@pytest.mark.parametrize("closed_name", ["kept", "freed"])
def test_a_lock_that_twilio_has_closed_holds_up_nobody(take, sandbox, closed_name):
    sandbox.settings.closed_name = closed_name
    take()
    sandbox.clock.advance("1h")
    assert any(isinstance(take(), Lock) for _ in range(2))


def test_a_lock_that_was_released_in_between_is_not_removed_by_its_name(client, sandbox, clock):
    procedure = take_lock(KEY, clock)
    steps = [next(procedure)]
    held = client.send(create_conversation(unique_name=f"flexout_lock_{KEY}"))
    sandbox.clock.advance("1h")
    with pytest.raises(Exception, match="50353") as taken:
        client.send(steps[0])
    fetch = procedure.throw(taken.value)
    old = client.send(fetch)
    deletion = procedure.send(old)
    assert held.sid in deletion.path, "not the name, which may be another one's by now"


@pytest.fixture
def send(client, clock, elsewhere):
    """Send a message under a lock that runs out at a moment."""

    def run(until: float, *, first=None):
        def procedure():
            if first:
                yield first
            return (yield create_message(elsewhere, body="Hello"))

        return client.run(run_locked(procedure(), Lock(until), clock))

    return run


def test_while_it_is_held_requests_go_out(send, sandbox, clock):
    assert send(clock() + 1.0).sid == sandbox.messages[0].sid


def test_after_its_time_nobody_is_contacted(send, sandbox, clock):
    with pytest.raises(ReconciliationPending, match="CreateConversationMessage would come too late"):
        send(clock())
    assert sandbox.messages == []


def test_after_its_time_reading_and_writing_go_on(send, sandbox, clock, elsewhere):
    for call in (fetch_conversation(elsewhere), update_conversation(elsewhere, attributes={"crm": 1})):
        with pytest.raises(ReconciliationPending):
            send(clock(), first=call)
    assert sandbox.conversations[0].attributes == {"crm": 1}


@pytest.mark.parametrize(("own_bound", "bound"), [(None, 20.0), (60.0, 20.0), (5.0, 5.0)])
def test_no_try_of_a_request_begins_after_its_time(clock, own_bound, bound):
    def procedure():
        call = create_message("CH", body="Hello")
        yield call if own_bound is None else call.within(own_bound)

    assert next(run_locked(procedure(), Lock(clock() + 20.0), clock)).start_within == bound


def test_errors_reach_the_procedure(client, clock):
    def procedure():
        try:
            yield fetch_conversation("CH" + 32 * "f")
        except NotFound:
            return "seen"

    assert client.run(run_locked(procedure(), Lock(0.0), clock)) == "seen"


def test_whoever_finds_their_own_token_holds_it_for_its_time(take, sandbox, clock):
    sandbox.faults.drop_response("CreateConversation")
    began = clock()
    assert take().until == began + timing.LOCK_TTL


def test_one_that_somebody_else_removed_a_moment_ago_is_no_error(clock):
    procedure = take_lock(KEY, clock)
    next(procedure)
    procedure.throw(Conflict("CreateConversation", "taken", code=ErrorCode.CONVERSATION_NAME_TAKEN))
    old = Conversation.model_validate({"sid": "CH1", "date_created": "2026-11-28T10:00:00Z"})
    old.attach(ResponseInfo(date="Sat, 28 Nov 2026 12:00:00 GMT"))
    assert procedure.send(old).name == "DeleteConversation"
    with pytest.raises(StopIteration) as done:
        procedure.throw(NotFound("DeleteConversation", "gone"))
    assert done.value.value == 0.0


def test_one_that_was_given_back_meanwhile_may_be_taken_at_once(clock):
    procedure = take_lock(KEY, clock)
    next(procedure)
    procedure.throw(Conflict("CreateConversation", "taken", code=ErrorCode.CONVERSATION_NAME_TAKEN))
    assert procedure.throw(NotFound("FetchConversation", "gone")) == Sleep(timing.NAME_SHOWS_WAIT)
    assert procedure.send(None).name == "FetchConversation"
    with pytest.raises(StopIteration) as done:
        procedure.throw(NotFound("FetchConversation", "gone"))
    assert done.value.value == 0.0


CREATED, SERVED = "2026-11-28T10:00:00Z", "Sat, 28 Nov 2026 10:01:00 GMT"


@pytest.mark.parametrize(
    ("created", "served", "age"),
    [(CREATED, SERVED, 60 - timing.CLOCK_RESOLUTION), (CREATED, None, 0.0), (None, SERVED, 0.0)],
)
def test_one_whose_age_is_not_told_is_new(created, served, age):
    """So that it is not taken from somebody who may still hold it."""
    lock = Conversation.model_validate({"sid": "CH1", "date_created": created})
    lock.attach(ResponseInfo(date=served))
    assert age_of(lock) == age
