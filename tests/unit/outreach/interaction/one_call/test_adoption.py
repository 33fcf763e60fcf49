"""By what the strategy one_call knows what an earlier attempt opened."""

from __future__ import annotations

import dataclasses
import json

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.durable import (
    derive_key,
)
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.interaction.one_call import OneCall
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from airflow_provider_flexout.twilio.api.tasks import update_task
from airflow_provider_flexout.twilio.http.call import Sleep
from tests.unit.outreach.interaction.one_call.steps import LOOKS, NAME, TASKS


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


def test_of_several_customers_tasks_the_one_on_the_conversation_is_looked_at(open_by, forget_name, sandbox):
    open_by("other", to="+12025550118", attributes={"order": 1}, key=derive_key("other"))
    opened = open_by("first", attributes={"order": 2})
    forget_name(opened.conversation_sid)
    again = open_by("second", retried=True, attributes={"order": 2})
    assert again.interaction_sid == opened.interaction_sid
    assert len(sandbox.interactions) == 2


def test_an_earlier_attempts_conversation_without_sids_is_known_by_its_name_and_task(timed, client, plan):
    opened, _, _ = timed()
    assert timed("second")[2] == ["FetchConversation"]
    bare = new_record(plan(), "first", 0.0).write_into({})
    client.send(update_conversation(opened.conversation_sid, attributes=bare))
    again, _, requests = timed("second")
    assert again == dataclasses.replace(opened, created=False)
    assert requests == ["FetchConversation", TASKS]


@pytest.mark.parametrize("arguments", [{"retried": True}, {"shared_key": True}, {}])
def test_what_lost_its_name_is_known_by_its_record_and_stays_as_it_is(timed, client, arguments):
    opened, _, _ = timed()
    client.send(update_conversation(opened.conversation_sid, unique_name="somebody's", state="closed"))
    again, took, requests = timed("second", **arguments)
    assert (again, took) == (dataclasses.replace(opened, created=False), 0.0)
    assert requests == LOOKS


def test_what_was_not_named_is_named_by_who_finds_it(timed, forget_name, plan, sandbox):
    opened, _, _ = timed()
    forget_name(opened.conversation_sid)
    _, _, requests = timed("second", retried=True)
    assert requests == [*LOOKS, TASKS, NAME]
    (conversation,) = sandbox.conversations
    assert conversation.unique_name == plan().unique_name
    assert OutreachRecord.read(conversation.attributes).lease_holder == "second"


@pytest.mark.parametrize("initiated_by", [None, "agent"])
def test_a_task_that_does_not_say_who_began_it_may_be_ours(
    timed, forget_name, client, sandbox, plan, initiated_by
):
    opened, _, _ = timed(attributes={"order": 1})
    forget_name(opened.conversation_sid)
    attributes = {**sandbox.tasks[0].attributes, "initiatedBy": initiated_by, "crm": "added"}
    written = json.dumps({name: value for name, value in attributes.items() if value is not None})
    client.send(update_task(plan().workspace_sid, opened.task_sid, attributes=written))
    assert timed("second", retried=True, attributes={"order": 1})[0].task_sid == opened.task_sid


def test_a_chat_users_conversation_that_lost_its_name_is_found_by_their_identity(timed, client, sandbox):
    chat = {"channel": "chat", "to": "ada", "initiated_by": "api"}
    opened, _, _ = timed(**chat)
    client.send(update_conversation(opened.conversation_sid, unique_name="somebody's", state="closed"))
    again, _, _ = timed("second", retried=True, **chat)
    assert again == dataclasses.replace(opened, created=False)
    assert len(sandbox.interactions) == 1


def test_ours_is_found_among_the_customers_other_conversations(open_by, client):
    opened = {}
    for name in ("before", "test", "after"):
        opened[name] = open_by(name, key=derive_key(name))
        client.send(
            update_conversation(opened[name].conversation_sid, unique_name=f"{name}'s", state="closed")
        )
    again = open_by("second", retried=True)
    assert again.as_dict() == opened["test"].as_dict() | {"created": False}


@pytest.mark.parametrize(
    ("looked_for", "looks"), [(timing.VISIBILITY_DELAY - 0.5, 3), (timing.VISIBILITY_DELAY, 1)]
)
def test_a_conversation_that_shows_before_its_task_is_looked_at_until_the_delay_is_over(
    client, plan, sandbox, elsewhere, looked_for, looks
):
    """Half a second takes two looks: one at once, and one at its end."""
    clock = sandbox.clock.time
    attempt = OneCall(plan(strategy="one_call", retried=True), "first", clock)

    def again(look):
        yield Sleep(looked_for)
        return (yield from look())

    began = clock()
    with pytest.raises(AlreadyTalking, match=elsewhere):
        client.run(attempt._by_addresses(again))
    assert clock() - began == timing.VISIBILITY_DELAY
    assert [one.operation for one in sandbox.requests].count("ListTask") == looks


def test_its_task_that_shows_late_is_adopted_however_long_earlier_tries_have_looked(client, plan, sandbox):
    first = client.run(OneCall(plan(strategy="one_call"), "first", sandbox.clock.time).open())
    client.send(update_conversation(first.conversation_sid, unique_name="somebody's", attributes={}))
    sandbox.settings.task_list_lag = 10
    attempt = OneCall(plan(strategy="one_call", retried=True), "second", sandbox.clock.time)
    found = client.run(attempt._by_addresses(lambda look: look()))
    assert found == dataclasses.replace(first, created=False)
