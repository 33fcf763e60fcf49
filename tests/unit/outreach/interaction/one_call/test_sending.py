"""What the strategy one_call sends, and when; the grid stops it at every step."""

from __future__ import annotations

import dataclasses
import json

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.durable import (
    derive_key,
    lock_name,
    visibility_name,
)
from airflow_provider_flexout.outreach.interaction.one_call import OneCall
from airflow_provider_flexout.outreach.interaction.participants import FirstMessage
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from tests.unit.outreach.interaction.one_call.steps import LOCK, LOOKS, NAME, RELEASE, SEND


def test_the_one_request_is_sent_once_and_what_it_made_is_looked_for(open_by, sandbox):
    sandbox.faults.drop_response("CreateInteraction")
    opened = open_by("first", retried=True)
    created = [one for one in sandbox.requests if one.operation == "CreateInteraction"]
    assert (len(created), opened.interaction_sid) == (1, sandbox.interactions[0].sid)


def names_made(sandbox):
    return [one.form.get("UniqueName") for one in sandbox.requests if one.operation == LOCK]


def test_a_first_attempt_looks_once_and_sends(timed, sandbox, plan):
    opened, took, requests = timed()
    assert (took, requests) == (0.0, [*LOOKS, SEND, NAME])
    record = OutreachRecord.read(sandbox.conversations[0].attributes)
    assert (record.key, record.lease_holder, record.lease_ttl) == (plan().key, "first", 0.0)
    assert record.result(opened.conversation_sid) == dataclasses.replace(opened, created=False)


def test_a_retry_looks_until_an_earlier_attempts_would_show_and_sends_under_a_lock(timed, sandbox, plan):
    _, took, requests = timed(retried=True)
    assert took == timing.VISIBILITY_DELAY
    assert names_made(sandbox) == [visibility_name(plan().key, ""), lock_name(plan().key)]
    assert requests[-5:] == ["ListParticipantConversation", SEND, NAME, RELEASE, RELEASE]
    assert [one.unique_name for one in sandbox.conversations] == [plan().unique_name]


@pytest.mark.parametrize(
    ("arguments", "is_locked"),
    [
        ({}, False),
        ({"has_logical_date": True}, False),
        ({"shared_key": True}, True),
        ({"shared_key": True, "is_locked": True}, False),
    ],
)
def test_a_key_of_the_users_own_takes_the_lock_unless_the_caller_holds_it(
    timed, sandbox, plan, arguments, is_locked
):
    timed(**arguments)
    assert names_made(sandbox) == [lock_name(plan().key)] * is_locked


def test_a_look_that_took_too_long_is_made_again_under_the_lock(timed, sandbox):
    sandbox.faults.delay("ListParticipantConversation", timing.SEND_WITHIN)
    assert timed()[2] == [*LOOKS, LOCK, *LOOKS, SEND, NAME, RELEASE]


def test_what_was_lost_is_sent_again_once_it_would_show(timed, sandbox):
    lost = sandbox.faults.lose_request(SEND)
    opened, took, requests = timed()
    assert (lost.fired, len(sandbox.interactions), opened.created) == (1, 1, True)
    assert took == timing.VISIBILITY_DELAY
    assert requests[-6:] == [LOCK, *LOOKS, SEND, NAME, RELEASE]


@pytest.mark.parametrize("is_locked", [False, True])
def test_what_got_through_is_found_however_late_its_task_shows(timed, sandbox, is_locked):
    sandbox.faults.drop_response(SEND)
    sandbox.settings.task_list_lag = 20
    opened, _, requests = timed(shared_key=is_locked, is_locked=is_locked)
    assert (requests.count(SEND), opened.interaction_sid) == (1, sandbox.interactions[0].sid)
    assert requests[-1] == NAME
    assert not opened.created


def test_a_conversation_that_cannot_be_named_is_open_all_the_same(timed, sandbox, caplog):
    sandbox.faults.fail(NAME, 400, times=None)
    assert timed()[0].created
    assert "Could not name conversation" in caplog.text


def test_the_time_of_a_first_message_counts_from_the_one_request(timed, client, sandbox):
    first = FirstMessage(MessageDraft(derive_key("hello"), None, body="Hello"), sandbox.clock.time)
    sandbox.faults.delay(NAME, timing.SEND_WITHIN)
    opened, _, _ = timed(first_message=first)
    sandbox.requests.clear()
    client.run(first.send(opened))
    assert next(one.operation for one in sandbox.requests) == LOCK


def test_all_of_an_outreach_is_sent(timed, sandbox, plan):
    context, target = "HQ" + 32 * "0", "WB" + 32 * "0"
    service = "MG" + 32 * "0"
    timed(
        interaction_context_sid=context,
        webhook_ttid=target,
        initiated_by="api",
        messaging_service_sid=service,
    )
    named = next(one.form for one in sandbox.requests if one.operation == NAME)
    assert (named["UniqueName"], named["MessagingServiceSid"]) == (plan().unique_name, service)
    form = next(one.form for one in sandbox.requests if one.operation == SEND)
    assert (form["InteractionContextSid"], form["WebhookTtid"]) == (context, target)
    assert (json.loads(form["Channel"])["type"], json.loads(form["Channel"])["initiated_by"]) == (
        "sms",
        "api",
    )
    assert json.loads(form["Routing"])["properties"]["workspace_sid"] == plan().workspace_sid


@pytest.mark.parametrize(("began", "is_locked"), [(None, False), (0.0, False), (timing.SEND_WITHIN, True)])
def test_the_time_for_sending_counts_from_the_beginning_of_the_try(client, plan, sandbox, began, is_locked):
    """A try that stood still before its look may have been overtaken by another."""
    clock = sandbox.clock.time
    request = dataclasses.replace(
        plan(strategy="one_call"), began_at=None if began is None else clock() - began
    )
    client.run(OneCall(request, "first", clock).open())
    locks = [one.form.get("UniqueName") for one in sandbox.requests if one.operation == "CreateConversation"]
    assert locks == [lock_name(request.key)] * is_locked
