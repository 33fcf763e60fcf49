"""When a conversation that has ended or is gone is opened again."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.outreach.errors import ConversationEnded
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    delete_conversation,
    update_conversation,
)
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.twilio.api.tasks import update_task


def test_a_conversation_that_somebody_deleted_is_not_opened_again(open_by, client, sandbox):
    opened = open_by("first")
    client.send(delete_conversation(opened.conversation_sid))
    deleted = f"task {opened.task_sid}, and its conversation {opened.conversation_sid} was deleted"
    with pytest.raises(ConversationEnded, match=deleted):
        open_by("second", retried=True)
    assert len(sandbox.interactions) == 1


def test_it_is_not_opened_again_either_where_its_task_was_written_anew(open_by, client, plan, sandbox):
    """Nothing of the task but the key tells whose it is, as after an update by a CRM."""
    opened = open_by("first")
    client.send(delete_conversation(opened.conversation_sid))
    left = json.dumps({"flexout_key": plan().key})
    client.send(update_task(plan().workspace_sid, opened.task_sid, attributes=left))
    deleted = f"opened task {opened.task_sid}, and its conversation was deleted"
    with pytest.raises(ConversationEnded, match=deleted):
        open_by("second", retried=True)
    assert len(sandbox.interactions) == 1


def test_what_failed_for_good_and_was_deleted_is_opened_again(open_by, client, sandbox):
    sandbox.agent().declines(after="1s")
    canceled = open_by("first")
    sandbox.clock.advance("1m")
    client.send(delete_conversation(canceled.conversation_sid))
    again = open_by("second", retried=True)
    assert again.created
    assert again.conversation_sid != canceled.conversation_sid
    assert len(sandbox.interactions) == 2


@pytest.fixture
def leave_closed(plan, client):
    """Leave the conversation of an attempt that was killed before it was routed, and is closed by now."""

    def run(text=None):
        attributes = new_record(plan(), "killed", 0.0).write_into({})
        sid = client.send(create_conversation(unique_name=plan().unique_name, attributes=attributes)).sid
        if text:
            client.send(create_message(sid, body=text))
        client.send(update_conversation(sid, state="closed"))
        return sid

    return run


@pytest.mark.parametrize("status", [None, 404])
def test_a_closed_one_in_which_nobody_was_reached_is_started_over(open_by, sandbox, leave_closed, status):
    leave_closed()
    if status:  # somebody else has deleted it in the meantime
        sandbox.faults.fail("DeleteConversation", status, committed=True)
    opened = open_by("second")
    assert opened.created
    assert [one.sid for one in sandbox.conversations] == [opened.conversation_sid]


def test_a_closed_one_in_which_something_was_said_is_not(open_by, sandbox, leave_closed):
    sid = leave_closed("Hello")
    with pytest.raises(ConversationEnded, match=sid):
        open_by("second")
    assert [one.sid for one in sandbox.conversations] == [sid]
