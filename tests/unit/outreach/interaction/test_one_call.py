"""The strategy one_call, by itself; the grid stops it at every step."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.interaction.one_call import OneCall
from airflow_provider_flexout.twilio.api.conversations import update_conversation


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
