"""Histories that once ended badly, or that are easily thought to."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_flexout.outreach.errors import AlreadyTalking, ConversationEnded
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.twilio.api.conversations import delete_conversation, update_conversation
from airflow_provider_flexout.twilio.http.errors import RequestRejected
from tests.crash.faults import (
    KILLED_AFTER,
    KILLED_BEFORE,
    LIMITED,
    SMOOTH,
    Fault,
    killed_in_flight,
    limited_for,
)
from tests.crash.outreaches import (
    CUSTOMER,
    ONE_OF_EACH,
    conversation_in,
    counted,
    open_outreach,
    right_sids,
    sids_of,
)
from tests.crash.stage import Attempt, Stage
from tests.crash.tries import hit_at, named, tries

REFUSED = Fault("400", flight=None, answer=400)
PARTICIPANT, INTERACTION, RECORD = 1, 2, 3
both = pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])


def stalls(seconds: float) -> Fault:
    return Fault("stalls", before=seconds)


def later(stage: Stage, delay: float, procedure: Any, faults: Any = ()) -> list[Attempt]:
    """Begin an attempt after a while; the list holds it then."""
    begun: list[Attempt] = []
    stage.at(delay, lambda: begun.append(Attempt(stage, procedure, faults)))
    return begun


def send(stage: Stage, call: Any) -> Any:
    def sent():
        return (yield call)

    return Attempt(stage, sent()).result


def test_an_interaction_that_was_dropped_is_not_believed(new_stage):
    stage = new_stage(second="drop")
    stalled = later(stage, 0, open_outreach(stage), hit_at(INTERACTION, stalls(100)))
    later(stage, 0.5, open_outreach(stage))
    stage.play()
    assert counted(stage.sandbox) == ONE_OF_EACH
    assert sids_of(stalled[0].result) == right_sids(stage.sandbox)
    assert not stalled[0].result.created


def test_a_task_found_by_the_key_is_on_the_conversation_that_it_names(stage: Stage):
    Attempt(stage, open_outreach(stage), hit_at(2, KILLED_BEFORE))
    stage.play()
    (first,) = stage.sandbox.conversations
    slow = later(stage, 0, open_outreach(stage, retried=True))
    stage.at(20, lambda: send(stage, delete_conversation(first.sid)))
    later(stage, 21, open_outreach(stage))
    stage.play()
    assert counted(stage.sandbox) == ONE_OF_EACH
    assert sids_of(slow[0].result) == right_sids(stage.sandbox)


def test_an_attempt_that_fails_late_does_not_delete_what_another_opened(stage: Stage):
    stage.sandbox.agent().away()  # so that only the attempt's own lease can hold it back
    fault = Fault("400, late", before=60, flight=None, answer=400)
    failed = later(stage, 0, open_outreach(stage), hit_at(PARTICIPANT, fault))
    other = later(stage, 0.5, open_outreach(stage))
    stage.play()
    assert isinstance(failed[0].result, RequestRejected)
    assert sids_of(other[0].result) == right_sids(stage.sandbox)
    assert counted(stage.sandbox) == ONE_OF_EACH


@pytest.mark.parametrize("place", range(10))
def test_a_conversation_that_vanishes_under_an_attempt_is_made_anew(stage: Stage, place: int):
    Attempt(stage, open_outreach(stage), hit_at(INTERACTION, KILLED_BEFORE))
    stage.play()
    (left,) = stage.sandbox.conversations
    attempt = later(stage, 1, open_outreach(stage, retried=True), hit_at(place, stalls(10)))
    # Each request before takes 0.2 s, and the attempt stands still before this one.
    stage.at(5 + 0.2 * place, lambda: send(stage, delete_conversation(left.sid)))
    stage.play()
    assert isinstance(attempt[0].result, InteractionResult), attempt[0].result
    assert sids_of(attempt[0].result) == right_sids(stage.sandbox)
    assert counted(stage.sandbox) == ONE_OF_EACH


@pytest.mark.parametrize("apart", [0.0, 0.1, 0.2, 0.3, 0.5, 0.7])
def test_two_attempts_that_begin_again_at_once(stage: Stage, apart: float):
    Attempt(stage, open_outreach(stage), hit_at(INTERACTION, KILLED_BEFORE))
    stage.play()
    (left,) = stage.sandbox.conversations
    send(stage, update_conversation(left.sid, state="closed"))
    begun = [later(stage, delay, open_outreach(stage, retried=True)) for delay in (1, 1 + apart)]
    stage.play()
    results = [each[0].result for each in begun]
    assert counted(stage.sandbox) == ONE_OF_EACH
    assert [sids_of(one) for one in results] == [right_sids(stage.sandbox)] * 2
    assert sum(one.created for one in results) == 1


def killed_and_declined(stage: Stage) -> str:
    """An attempt is killed after its interaction, which the agent declines; an hour goes by."""
    stage.sandbox.agent().declines()
    Attempt(stage, open_outreach(stage), hit_at(INTERACTION, KILLED_AFTER))
    stage.play()
    (conversation,) = stage.sandbox.conversations
    return conversation.sid


def test_where_nobody_was_reached_and_the_task_is_gone_a_clear_starts_afresh(stage: Stage):
    declined = killed_and_declined(stage)
    stage.sandbox.clock.advance("1h")
    failed = tries(stage, lambda _: open_outreach(stage, retried=True))[-1].result
    assert isinstance(failed, ConversationEnded)
    assert declined in str(failed)
    assert stage.sandbox.conversations == []
    stage.sandbox.agent().accepts()
    cleared = tries(stage, lambda _: open_outreach(stage, retried=True))[-1].result
    assert cleared.created
    assert [one.sid for one in stage.sandbox.conversations] == [cleared.conversation_sid]


@pytest.mark.parametrize("second", ["refuse", "drop"])
@pytest.mark.parametrize("closed", [False, True])
def test_where_something_was_said_and_the_task_is_gone_nothing_is_deleted(
    new_stage, second: str, closed: bool
):
    stage = new_stage(second=second)
    declined = killed_and_declined(stage)
    stage.sandbox.customer(CUSTOMER).says("Hello?", in_conversation=declined)
    if closed:
        send(stage, update_conversation(declined, state="closed"))
        stage.play()
    stage.sandbox.clock.advance("1h")
    failed = tries(stage, lambda again: open_outreach(stage, retried=True, last_try=again))[-1].result
    assert isinstance(failed, Exception)
    assert declined in str(failed)
    assert [one.sid for one in stage.sandbox.conversations] == [declined]
    assert len(stage.sandbox.interactions) == 1


def test_where_an_agent_was_and_said_nothing_nothing_is_deleted(stage: Stage):
    stage.sandbox.agent().finishes(after="10s")
    Attempt(stage, open_outreach(stage), hit_at(INTERACTION, KILLED_AFTER))
    stage.play()
    stage.sandbox.clock.advance("1h")
    failed = tries(stage, lambda _: open_outreach(stage, retried=True))[-1].result
    assert isinstance(failed, ConversationEnded)
    assert len(stage.sandbox.conversations) == len(stage.sandbox.interactions) == 1


@both
def test_a_task_that_ended_is_adopted_while_it_is_there(stage: Stage, strategy: str):
    stage.sandbox.faults.fail_channel()
    Attempt(stage, open_outreach(stage, strategy=strategy), hit_at(INTERACTION, KILLED_AFTER))
    stage.play()
    right = right_sids(stage.sandbox)
    adopted = tries(stage, lambda _: open_outreach(stage, strategy=strategy, retried=True))[-1].result
    assert (sids_of(adopted), adopted.created) == (right, False)
    assert len(stage.sandbox.interactions) == 1


@both
def test_sids_that_cannot_be_written_down_are_returned_all_the_same(stage: Stage, strategy: str):
    attempt = Attempt(stage, open_outreach(stage, strategy=strategy, last_try=True), hit_at(RECORD, LIMITED))
    stage.play()
    assert sids_of(attempt.result) == right_sids(stage.sandbox)
    assert attempt.result.created
    assert counted(stage.sandbox) == ONE_OF_EACH


@both
def test_an_agent_may_be_done_before_the_sids_are_written_down(stage: Stage, strategy: str):
    stage.sandbox.agent().finishes(after="10s")
    attempt = Attempt(stage, open_outreach(stage, strategy=strategy), hit_at(RECORD, stalls(20)))
    stage.play()
    assert sids_of(attempt.result) == right_sids(stage.sandbox)


@both
@pytest.mark.parametrize("missing", ["routing", "channel"])
def test_an_answer_that_does_not_name_everything_yet(stage: Stage, strategy: str, missing: str):
    def leave_out(path: str, body: Any) -> None:
        if path == "/v1/Interactions":
            body[missing] = None
            if body["routing"]:
                body["routing"]["properties"]["attributes"] = "{}"

    stage.edit = leave_out
    done = tries(stage, lambda again: open_outreach(stage, strategy=strategy, retried=again))
    assert sids_of(done[-1].result) == right_sids(stage.sandbox)
    assert counted(stage.sandbox) == ONE_OF_EACH


def test_a_pair_of_addresses_that_is_free_only_after_a_while(stage: Stage):
    stage.sandbox.settings.pair_release = 8.0
    Attempt(stage, open_outreach(stage, last_try=True), hit_at(INTERACTION, REFUSED))
    stage.play()
    assert stage.sandbox.conversations == []
    assert tries(stage, lambda _: open_outreach(stage, retried=True))[-1].result.created


def test_a_pair_of_addresses_that_is_listed_late(stage: Stage):
    listed_from = stage.now() + 20

    def hide(path: str, body: Any) -> None:
        if path == "/v1/ParticipantConversations" and stage.now() < listed_from:
            body["conversations"] = []

    stage.edit = hide
    Attempt(stage, open_outreach(stage, strategy="one_call"), hit_at(INTERACTION, KILLED_AFTER))
    stage.play()
    adopted = tries(stage, lambda _: open_outreach(stage, strategy="one_call", retried=True))[-1].result
    assert (sids_of(adopted), adopted.created) == (right_sids(stage.sandbox), False)
    assert counted(stage.sandbox) == ONE_OF_EACH


def test_of_two_single_calls_at_once_one_is_closed_again(stage: Stage):
    """As its docstring says, this strategy cannot keep the second from being sent."""
    begun = [later(stage, delay, open_outreach(stage, strategy="one_call")) for delay in (0, 0.05)]
    stage.play()
    first, second = (each[0].result for each in begun)
    assert sids_of(first) == sids_of(second)
    assert [first.created, second.created] == [True, False]
    still_open = [one.sid for one in stage.sandbox.interactions if one.channel_status != "closed"]
    assert still_open == [first.interaction_sid]


def test_a_holder_that_twilio_does_not_name_is_not_joined(stage: Stage):
    def say_less(path: str, body: Any) -> None:
        if body.get("code") == 50416:
            body["message"] = "A binding for this participant and proxy address already exists"
        if path == "/v1/ParticipantConversations":
            body["conversations"] = []

    conversation_in(stage)
    stage.edit = say_less
    attempt = Attempt(stage, open_outreach(stage, on_open_conversation="join"))
    stage.play()
    assert isinstance(attempt.result, AlreadyTalking)
    assert len(stage.sandbox.conversations) == 1


def lease_place(stage: Stage) -> int:
    """Count the requests that a retry makes before it writes its lease."""
    Attempt(stage, open_outreach(stage), hit_at(INTERACTION, KILLED_BEFORE))
    stage.play()
    retry = later(stage, 1, open_outreach(stage, retried=True))
    stage.play()
    return [named(one) for one in retry[0].requests].index("UpdateConversation (lease)")


def test_sids_that_a_late_lease_wrote_over_are_found_by_the_task(new_stage):
    place, stage = lease_place(new_stage()), new_stage()
    Attempt(stage, open_outreach(stage), hit_at(INTERACTION, KILLED_BEFORE))
    stage.play()
    in_flight = hit_at(place, Fault("late", flight=25, killed="in flight"))
    late = later(stage, 1, open_outreach(stage, retried=True), in_flight)
    opener = later(stage, 2, open_outreach(stage, retried=True))
    stage.play()
    assert named(late[0].requests[-1]) == "UpdateConversation (lease)"
    assert "sids" not in stage.sandbox.conversations[0].attributes["flexout"]
    cleared = tries(stage, lambda _: open_outreach(stage, retried=True))[-1].result
    assert opener[0].result.created
    assert sids_of(cleared) == sids_of(opener[0].result) == right_sids(stage.sandbox)
    assert "sids" in stage.sandbox.conversations[0].attributes["flexout"]


@pytest.mark.parametrize("start", [0.5, 5, 10, 15])
@pytest.mark.parametrize("place", [PARTICIPANT, INTERACTION])
@pytest.mark.parametrize("wait", [15.0, 40.0])
def test_a_lease_is_waited_out_by_others_and_kept_to_by_its_holder(
    new_stage, start: float, place: int, wait: float
):
    stage = new_stage(second="accept", lag=20)
    hits = [SMOOTH, SMOOTH, killed_in_flight(9)]
    hits.insert(place, limited_for(wait))
    later(stage, 0, open_outreach(stage), hits)
    later(stage, start, open_outreach(stage))
    stage.play()
    assert counted(stage.sandbox) == ONE_OF_EACH


@both
def test_a_clear_long_after_the_end_adopts(stage: Stage, strategy: str):
    stage.sandbox.agent().finishes(after="1m")
    first = tries(stage, lambda _: open_outreach(stage, strategy=strategy))[-1].result
    stage.sandbox.clock.advance("1d")
    assert stage.sandbox.tasks == []
    cleared = tries(stage, lambda _: open_outreach(stage, strategy=strategy, retried=True))[-1].result
    assert cleared.as_dict() == first.as_dict() | {"created": False}
    assert len(stage.sandbox.interactions) == 1


SLOW_LOOKS = [SMOOTH] * 6 + [Fault("slow", flight=4)] * 11
SLOW_LAST_LOOK = [SMOOTH] * 16 + [limited_for(40), SMOOTH]


@pytest.mark.parametrize("start", range(48, 102, 2))
@pytest.mark.parametrize("looks", [SLOW_LOOKS, SLOW_LAST_LOOK])
def test_a_lease_runs_from_when_it_was_written(new_stage, start: float, looks: list[Fault]):
    """However long the looks took: else two attempts would hold one at once."""
    stage = new_stage(second="accept", lag=20)
    Attempt(stage, open_outreach(stage), hit_at(INTERACTION, KILLED_BEFORE))
    stage.play()
    later(
        stage, 1, open_outreach(stage, retried=True), [*looks, SMOOTH, limited_for(15), killed_in_flight(9)]
    )
    later(stage, start, open_outreach(stage, retried=True))
    stage.play()
    assert counted(stage.sandbox) == ONE_OF_EACH


@pytest.mark.parametrize("start", range(1, 10))
@pytest.mark.parametrize("wait", [15.0, 40.0])
def test_a_lease_that_was_long_in_the_writing_does_not_count(new_stage, start: float, wait: float):
    """It may lie over another, which was taken after the conversation was read."""
    stage = new_stage(second="accept", lag=20)
    Attempt(stage, open_outreach(stage), hit_at(INTERACTION, KILLED_BEFORE))
    stage.play()
    stage.sandbox.clock.advance("1h")
    later(stage, 0, open_outreach(stage, retried=True), hit_at(5, limited_for(wait)))
    late = [*[SMOOTH] * 14, limited_for(15), killed_in_flight(9)]
    later(stage, start, open_outreach(stage, retried=True), late)
    stage.play()
    assert counted(stage.sandbox) == ONE_OF_EACH
