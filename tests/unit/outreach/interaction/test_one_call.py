"""The strategy one_call, by itself; the grid stops it at every step."""

from __future__ import annotations

import dataclasses
import json

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ReconciliationPending
from airflow_provider_flexout.outreach.interaction.one_call import OneCall
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation
from airflow_provider_flexout.twilio.api.interactions import Interaction
from airflow_provider_flexout.twilio.api.tasks import Task
from airflow_provider_flexout.twilio.http.call import Sleep


@pytest.fixture
def open_by(client, plan):
    return lambda attempt_id, **arguments: client.run(
        OneCall(plan(strategy="one_call", **arguments), attempt_id).open()
    )


def test_a_second_attempt_finds_the_name_that_the_first_gave(open_by, plan, sandbox):
    first, second = open_by("first"), open_by("second", retried=True)
    assert (first.created, second.created) == (True, False)
    assert sandbox.conversations[0].unique_name == plan().unique_name
    assert first.as_dict() == second.as_dict() | {"created": True}


def test_what_was_killed_before_it_gave_a_name_is_known_by_its_task(open_by, client, sandbox):
    opened = open_by("first")
    client.send(update_conversation(opened.conversation_sid, unique_name="somebody's", attributes={}))
    again = open_by("second", retried=True)
    assert (again.interaction_sid, len(sandbox.interactions)) == (opened.interaction_sid, 1)


def test_a_task_that_says_something_else_is_not_ours(open_by, client, sandbox):
    opened = open_by("first", attributes={"order": 1})
    client.send(update_conversation(opened.conversation_sid, unique_name="somebody's", attributes={}))
    with pytest.raises(AlreadyTalking, match=opened.conversation_sid):
        open_by("second", retried=True, attributes={"order": 2})
    assert len(sandbox.interactions) == 1


def test_the_one_request_is_sent_once_and_what_it_made_is_looked_for(open_by, sandbox):
    sandbox.faults.drop_response("CreateInteraction")
    opened = open_by("first", retried=True)
    created = [one for one in sandbox.requests if one.operation == "CreateInteraction"]
    assert (len(created), opened.interaction_sid) == (1, sandbox.interactions[0].sid)


@pytest.fixture
def forget_name(client):
    """Leave a conversation as an attempt does that was killed before it named it; or as another one's."""

    def run(conversation_sid, attributes=None):
        client.send(
            update_conversation(conversation_sid, unique_name="somebody's", attributes=attributes or {})
        )

    return run


def test_of_several_customers_tasks_the_one_on_the_conversation_is_looked_at(open_by, forget_name, sandbox):
    open_by("other", to="+12025550118", attributes={"order": 1}, key=derive_key("other"))
    opened = open_by("first", attributes={"order": 2})
    forget_name(opened.conversation_sid)
    again = open_by("second", retried=True, attributes={"order": 2})
    assert again.interaction_sid == opened.interaction_sid
    assert len(sandbox.interactions) == 2


def test_whose_conversation_it_is_its_record_tells_before_the_task(open_by, forget_name, plan, sandbox):
    opened = open_by("first")
    theirs = new_record(plan(key=derive_key("another")), "other", 0.0)
    forget_name(opened.conversation_sid, theirs.write_into({}))
    with pytest.raises(AlreadyTalking, match=opened.conversation_sid):
        open_by("second", retried=True)
    ours = new_record(plan(), "first", 0.0)
    forget_name(opened.conversation_sid, ours.write_into({}))
    again = open_by("second", retried=True, attributes={"order": "changed"})
    assert (again.interaction_sid, len(sandbox.interactions)) == (opened.interaction_sid, 1)


def test_what_somebody_else_began_is_not_ours(open_by, forget_name, sandbox):
    opened = open_by("first")
    forget_name(opened.conversation_sid)
    assert sandbox.tasks[0].attributes["initiatedBy"] == "agent"
    with pytest.raises(AlreadyTalking, match=opened.conversation_sid):
        open_by("second", retried=True, initiated_by="api")


INTERACTION = {
    "sid": "KD1",
    "channel": {"sid": "UO1"},
    "routing": {"properties": {"sid": "WT1", "attributes": "{}"}},
}
NAMED = '{"conversationSid": "CH1", "flexInteractionSid": "KD1", "flexInteractionChannelSid": "UO1"}'


def completed(plan, *tasks):
    """Complete an interaction whose conversation is not named yet, with what each look at its task shows."""
    looks = OneCall(plan(strategy="one_call"), "first")._complete(Interaction.model_validate(INTERACTION))
    waited, listed, response = 0.0, iter(tasks), None
    try:
        while True:
            step = looks.send(response)
            waited += step.seconds if isinstance(step, Sleep) else 0.0
            response = (
                None if isinstance(step, Sleep) else Task.model_validate({"sid": "WT1"} | next(listed, {}))
            )
    except StopIteration as done:
        return waited, done.value


def test_a_conversation_that_is_named_after_the_response_is_waited_for(plan):
    waited, result = completed(plan, {"attributes": "{}"}, {"attributes": NAMED})
    assert waited == 2 * timing.POLL_INTERVAL
    assert (result.conversation_sid, result.task_sid, result.created) == ("CH1", "WT1", True)


def test_one_that_is_never_named_is_given_up_after_the_delay(plan):
    with pytest.raises(ReconciliationPending, match="KD1"):
        completed(plan)
    looks = -(-timing.VISIBILITY_DELAY // timing.POLL_INTERVAL)
    last = [{"attributes": "{}"}] * int(looks - 1) + [{"attributes": NAMED}]
    assert completed(plan, *last)[0] == looks * timing.POLL_INTERVAL
    with pytest.raises(ReconciliationPending):
        completed(plan, *last[:1], *last)


def test_who_was_slower_closes_their_interaction_and_takes_the_others_sids(open_by, client, plan, sandbox):
    """The other attempt named its conversation while this one's request was on its way."""
    winner = open_by("first")
    loser = OneCall(plan(strategy="one_call"), "second")
    mine = open_by("other", to="+12025550118", key=derive_key("other"))
    assert client.run(loser._name(mine)) == dataclasses.replace(winner, created=False)
    states = {one.sid: one.state for one in sandbox.conversations}
    assert states == {winner.conversation_sid: "active", mine.conversation_sid: "closed"}
    (closing,) = [one for one in sandbox.requests if one.operation == "UpdateInteractionChannel"]
    assert json.loads(closing.form["Routing"]) == {"status": "closed"}


def test_one_whose_winner_has_no_sids_keeps_its_own(open_by, client, plan, sandbox):
    mine = open_by("other", to="+12025550118", key=derive_key("other"))
    winner = open_by("first")
    bare = new_record(plan(), "first", 0.0).write_into({})
    client.send(update_conversation(winner.conversation_sid, attributes=bare))
    assert client.run(OneCall(plan(strategy="one_call"), "second")._name(mine)) == mine
    assert {one.state for one in sandbox.conversations} == {"active"}


def test_one_without_a_channel_cannot_be_closed_and_the_others_sids_are_taken(open_by, client, plan):
    winner = open_by("first")
    mine = open_by("other", to="+12025550118", key=derive_key("other"))
    for without in ({"channel_sid": None}, {"interaction_sid": None}):
        slower = dataclasses.replace(mine, **without)
        found = client.run(OneCall(plan(strategy="one_call"), "second")._name(slower))
        assert found == dataclasses.replace(winner, created=False)
    assert client.send(fetch_conversation(mine.conversation_sid)).state == "active"
