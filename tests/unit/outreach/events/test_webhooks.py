"""The forms of webhooks: which events they are, and that nothing of a person is in one."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.events.webhooks import read_webhook
from tests.unit.outreach.events.pushed import (
    CHANNEL,
    CONVERSATION,
    INTERACTION,
    MESSAGE,
    ON_DELIVERY_UPDATED,
    ON_MESSAGE_ADDED,
    ON_PARTICIPANT_JOINED,
    PARTICIPANT,
    REPLY,
    TASK,
)


def test_a_message():
    event = read_webhook(ON_MESSAGE_ADDED)
    assert event is not None
    assert event.payload() == REPLY
    assert event == read_webhook({name: [value] for name, value in ON_MESSAGE_ADDED.items()})


@pytest.mark.parametrize(
    ("author", "participant", "kind"),
    [
        ("+12025550143", PARTICIPANT, "reply"),
        ("whatsapp:+12025550143", PARTICIPANT, "reply"),
        ("ada@example.com", PARTICIPANT, "reply"),
        ("messenger:1234567890", PARTICIPANT, "reply"),
        # A form of address that only customers have says so alone; Twilio may name no participant for it.
        ("whatsapp:US.13491208655302741918", "", "reply"),
        # Our own message, sent as our own number: nobody takes part by it.
        ("+12025550143", "", "message"),
        ("system", "", "message"),
        # Whether a chat's identity is the customer's or an agent's, its participants tell.
        ("visitor-7", PARTICIPANT, "message"),
        ("", "", "message"),
    ],
)
def test_whose_message_it_is_as_far_as_the_event_says(author, participant, kind):
    event = read_webhook(ON_MESSAGE_ADDED | {"Author": author, "ParticipantSid": participant})
    assert event is not None
    assert (event.kind, event.participant_sid) == (kind, participant or None)


def test_a_receipt():
    event = read_webhook(ON_DELIVERY_UPDATED)
    assert event is not None
    assert event.payload() == {
        "v": 1,
        "kind": "receipt",
        "message_sid": MESSAGE,
        "conversation_sid": CONVERSATION,
        "participant_sid": PARTICIPANT,
        "status": "undelivered",
        "error_code": 30008,
        "at": "2026-11-22T06:00:05+00:00",
    }


def test_who_joined_a_channel():
    event = read_webhook(ON_PARTICIPANT_JOINED)
    assert event is not None
    assert event.payload() == {
        "v": 1,
        "kind": "channel",
        "interaction_sid": INTERACTION,
        "channel_sid": CHANNEL,
        "conversation_sid": CONVERSATION,
        "task_sid": TASK,
        "status": None,
        "error_code": None,
        "at": None,
    }


def test_the_state_of_a_channel():
    closed = ON_PARTICIPANT_JOINED | {"EventType": "onChannelStatusUpdated", "ChannelStatus": "closed"}
    failed = ON_PARTICIPANT_JOINED | {"EventType": "onChannelCreateFailed", "ErrorCode": "45004"}
    found = [read_webhook(closed), read_webhook(failed)]
    assert [(one.status, one.error_code) for one in found if one] == [("closed", None), ("failed", 45004)]


def test_a_task_of_task_routers_own_callback():
    event = read_webhook(
        {
            "EventType": "task.wrapup",
            "TaskSid": TASK,
            "TaskAssignmentStatus": "wrapping",
            "Timestamp": "1795327200",
            "TaskAttributes": f'{{"conversationSid": "{CONVERSATION}", "customerName": "Ada"}}',
        }
    )
    assert event is not None
    assert event.payload() == {
        "v": 1,
        "kind": "task",
        "task_sid": TASK,
        "conversation_sid": CONVERSATION,
        "interaction_sid": None,
        "status": "wrapping",
        "at": "2026-11-22T06:00:00+00:00",
    }


@pytest.mark.parametrize("attributes", ["{", "[" * 100_000, "[1]", "null", "", None])
def test_attributes_that_somebody_broke_do_not_hide_a_task(attributes):
    event = read_webhook({"EventType": "task.created", "TaskSid": TASK, "TaskAttributes": attributes})
    assert event is not None
    assert (event.task_sid, event.conversation_sid) == (TASK, None)


@pytest.mark.parametrize(
    "event",
    [
        "onConversationStateUpdated",
        "onMessageUpdated",
        "onParticipantAdded",
        "onUserAdded",
        "worker.activity.update",
        "workflow.entered",
    ],
)
def test_an_event_that_is_about_something_else_is_passed_over(event):
    assert read_webhook({"EventType": event, "ConversationSid": CONVERSATION}) is None


def test_what_is_not_what_it_should_be_is_refused():
    with pytest.raises(InvalidInput, match="onMessageAdded has no message_sid"):
        read_webhook(ON_MESSAGE_ADDED | {"MessageSid": ""})
    with pytest.raises(InvalidInput, match="the message_sid of onMessageAdded is not a SID"):
        read_webhook(ON_MESSAGE_ADDED | {"MessageSid": [MESSAGE, "IM" + "0" * 32]})
    with pytest.raises(InvalidInput, match="EventType is a int"):
        read_webhook({"EventType": 7})


def test_a_field_that_is_repeated_and_not_read_changes_nothing():
    repeated = {
        "MessageSid": [MESSAGE, MESSAGE],
        "Body": ["a", "b"],
        "Tag": [],
        "Author": [ON_MESSAGE_ADDED["Author"]],
    }
    assert read_webhook(ON_MESSAGE_ADDED | repeated) == read_webhook(ON_MESSAGE_ADDED)
