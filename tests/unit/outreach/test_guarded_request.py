"""A request that reaches somebody begins soon after its look, or under a lock after another one."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.outreach.guarded_request import GuardedRequest
from airflow_provider_flexout.outreach.lock import take_lock
from airflow_provider_flexout.twilio.api.messages import create_message, list_messages
from airflow_provider_flexout.twilio.http.errors import ConnectionFailed, OutcomeUnknown, RateLimited

KEY = "fx" + 32 * "0"
LOOK, SEND = "ListConversationMessage", "CreateConversationMessage"
LOCK, RELEASE = "CreateConversation", "DeleteConversation"


CONVERSATION = "CH" + 32 * "0"


def one_look():
    return (yield list_messages(CONVERSATION))


def one_request():
    return (yield create_message(CONVERSATION, body="Hello"))


@pytest.fixture
def clock(sandbox):
    return sandbox.clock.time


@pytest.fixture
def send(client, sandbox, elsewhere):
    """Send a message of which a look, some seconds ago, has shown that nobody has sent it."""

    def look():
        page = yield list_messages(elsewhere)
        return page.items[0].sid if page.items else None

    def request():
        return (yield create_message(elsewhere, body="Hello")).sid

    def run(*, ago: float = 0.0, exclusively: bool = False) -> list[str]:
        guarded = GuardedRequest(KEY, look, request, sandbox.clock.time)
        sandbox.requests.clear()
        client.run(guarded.send(sandbox.clock.time() - ago, exclusively=exclusively))
        return [one.operation for one in sandbox.requests]

    return run


def test_soon_after_the_look_it_is_the_only_request(send):
    assert send() == send(ago=timing.SEND_WITHIN - 1) == [SEND]


def test_later_than_that_it_takes_the_lock_and_looks_again(send, sandbox):
    assert send(ago=timing.SEND_WITHIN) == [LOCK, LOOK, SEND, RELEASE]
    assert send(ago=timing.SEND_WITHIN) == [LOCK, LOOK, RELEASE]
    assert len(sandbox.messages) == 1


def test_where_another_attempt_may_be_at_work_it_takes_the_lock_at_once(send):
    assert send(exclusively=True) == [LOCK, LOOK, SEND, RELEASE]


def test_an_outcome_that_is_unknown_is_looked_for_before_the_lock_is_given_back(send, sandbox):
    sandbox.faults.drop_response(SEND)
    assert send(exclusively=True) == [LOCK, LOOK, SEND, LOOK, RELEASE]


def test_what_was_lost_is_sent_again_under_the_lock(send, sandbox):
    sandbox.faults.lose_request(SEND)
    began = sandbox.clock.time()
    requests = send()
    assert sandbox.clock.time() - began >= timing.VISIBILITY_DELAY
    assert requests[-4:] == [LOCK, LOOK, SEND, RELEASE]
    assert len(sandbox.messages) == 1


def test_it_is_sent_three_times_at_most(send, sandbox):
    lost = sandbox.faults.lose_request(SEND, times=None)
    with pytest.raises(OutcomeUnknown):
        send()
    assert lost.fired == 3
    assert [one.sid for one in sandbox.conversations if "lock" in str(one.unique_name)] == []


def test_a_rate_limit_is_waited_out_with_another_look_after_it(send, sandbox):
    sandbox.faults.rate_limit(SEND, retry_after=timing.SEND_WITHIN + 1)
    assert send() == [SEND, LOCK, LOOK, SEND, RELEASE]


def test_a_rate_limit_that_lasts_too_long_is_left_to_the_next_try(send, sandbox):
    sandbox.faults.rate_limit(SEND, retry_after=timing.SEND_RETRIES_WITHIN + 1)
    with pytest.raises(RateLimited):
        send()


def test_a_rate_limit_may_last_until_the_end_of_the_tries(send, sandbox):
    sandbox.faults.rate_limit(SEND, retry_after=timing.SEND_RETRIES_WITHIN)
    assert send() == [SEND, LOCK, LOOK, SEND, RELEASE]


def test_the_looks_after_an_unknown_outcome_may_be_the_senders_own(clock):
    def found():
        yield from ()
        return "found"

    send = GuardedRequest(KEY, one_look, one_request, clock, reconcile=found).send_under_lock()
    assert next(send).name == SEND
    with pytest.raises(StopIteration, match="found"):
        send.throw(OutcomeUnknown(SEND, "timed out"))


REFUSED = ConnectionFailed(LOOK, "connection refused")


def test_a_look_that_is_not_carried_out_is_no_reason_to_send_again(clock):
    """What was sent may still arrive, whatever is certain of the look."""
    guarded = GuardedRequest(KEY, one_look, one_request, clock)
    for send in (guarded.send(clock(), exclusively=False), guarded.send_under_lock()):
        assert next(send).name == SEND
        assert send.throw(OutcomeUnknown(SEND, "timed out")).name == LOOK
        with pytest.raises(ReconciliationPending, match=f"whether {SEND} took effect.* connection refused"):
            send.throw(REFUSED)


def test_then_the_lock_is_kept_so_that_nobody_else_sends(client, sandbox, clock):
    guarded = GuardedRequest(KEY, one_look, one_request, clock)
    procedure = guarded.send(clock(), exclusively=True)
    outcome = client.send(next(procedure))
    assert procedure.send(outcome).name == LOOK
    assert procedure.send(None).name == SEND
    assert procedure.throw(OutcomeUnknown(SEND, "timed out")).name == LOOK
    with pytest.raises(ReconciliationPending):
        procedure.throw(REFUSED)
    assert [one.unique_name for one in sandbox.conversations] == [f"flexout_lock_{KEY}"]


def test_who_waits_for_the_lock_looks_whether_its_holder_has_sent(send, client, sandbox, clock, elsewhere):
    client.run(take_lock(KEY, clock, timing.SEND_WITHIN))
    client.send(create_message(elsewhere, body="Hello"))
    assert send(exclusively=True) == [LOCK, "FetchConversation", LOOK]
    assert len(sandbox.messages) == 1


def test_the_lock_of_who_died_is_removed_once_nothing_can_come_of_it(send, client, sandbox, clock):
    client.run(take_lock(KEY, clock, timing.SEND_WITHIN))
    sandbox.clock.advance(timing.SEND_WITHIN + timing.VISIBILITY_DELAY + 2 * timing.CLOCK_RESOLUTION)
    began = clock()
    assert send(exclusively=True)[-4:] == [LOCK, LOOK, SEND, RELEASE]
    assert clock() - began < 2 * timing.LOCK_SHORTEST_PAUSE
    assert len(sandbox.messages) == 1


@pytest.mark.parametrize("most", [1, 3])
def test_under_the_callers_lock_it_is_sent_as_often_and_looked_for_in_between(
    client, sandbox, clock, elsewhere, most
):
    lost = sandbox.faults.lose_request(SEND, times=None)

    def request():
        return (yield create_message(elsewhere, body="Hello"))

    def look():
        page = yield list_messages(elsewhere)
        return page.items[0] if page.items else None

    began = clock()
    with pytest.raises(OutcomeUnknown):
        client.run(GuardedRequest(KEY, look, request, clock, most_requests=most).send_under_lock())
    assert lost.fired == most
    assert clock() - began == most * timing.VISIBILITY_DELAY
