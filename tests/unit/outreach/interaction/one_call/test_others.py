"""Conversations of the customer that are not this outreach's."""

from __future__ import annotations

import dataclasses

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.durable import (
    RECORD_ATTRIBUTE,
    RECORD_VERSION,
    derive_key,
)
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ContactedAlready
from airflow_provider_flexout.outreach.interaction.one_call import OneCall
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from airflow_provider_flexout.twilio.api.messages import create_message
from tests.unit.outreach.interaction.one_call.steps import TASKS


def test_a_task_that_says_something_else_is_not_ours(open_by, client, sandbox):
    opened = open_by("first", attributes={"order": 1})
    client.send(update_conversation(opened.conversation_sid, unique_name="somebody's", attributes={}))
    with pytest.raises(AlreadyTalking, match=opened.conversation_sid):
        open_by("second", retried=True, attributes={"order": 2})
    assert len(sandbox.interactions) == 1


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


def test_whom_the_customer_talks_with_is_asked_where_it_may_be_an_earlier_attempt(timed, sandbox, elsewhere):
    talking = rf"^\+1•••••0117 already has an open conversation with this sender: {elsewhere}\."
    for arguments, waits in (
        ({}, 0.0),
        ({"shared_key": True}, 0.0),
        ({"retried": True}, timing.VISIBILITY_DELAY),
    ):
        began = sandbox.clock.time()
        with pytest.raises(AlreadyTalking, match=talking):
            timed(**arguments)
        assert sandbox.clock.time() - began == waits
        assert (TASKS in [one.operation for one in sandbox.requests]) is bool(arguments)
    assert not sandbox.interactions


def test_one_that_is_closed_is_in_nobodys_way(timed, client, elsewhere):
    client.send(update_conversation(elsewhere, state="closed"))
    assert timed(retried=True)[0].created


def test_a_person_whom_the_campaign_has_contacted_is_not_contacted_again(client, plan, sandbox):
    campaign = derive_key("campaign")
    theirs = dataclasses.replace(plan(strategy="one_call", key=derive_key("row 1")), campaign=campaign)
    opened = client.run(OneCall(theirs, "first", sandbox.clock.time).open())
    client.send(create_message(opened.conversation_sid, body="Hello"))
    ours = dataclasses.replace(plan(strategy="one_call"), campaign=campaign)
    with pytest.raises(ContactedAlready, match=opened.conversation_sid):
        client.run(OneCall(ours, "second", sandbox.clock.time).open())
    assert len(sandbox.interactions) == 1


OF_ANOTHER = {"key": derive_key("another"), "v": RECORD_VERSION + 1}


@pytest.mark.parametrize(
    "record", [OF_ANOTHER, OF_ANOTHER | {"v": RECORD_VERSION, "claim": None}, {"key": 7}, "x"]
)
@pytest.mark.parametrize("state", ["closed", "active"])
def test_another_outreachs_record_need_not_be_understood(timed, client, elsewhere, sandbox, record, state):
    """A newer version of this provider may have written it, or somebody may have changed it."""
    client.send(update_conversation(elsewhere, state=state, attributes={RECORD_ATTRIBUTE: record}))
    if state == "closed":
        assert timed(retried=True)[0].created
    else:
        with pytest.raises(AlreadyTalking, match=elsewhere):
            timed(retried=True)
    assert len(sandbox.interactions) == (state == "closed")
