"""CloudEvents of Event Streams."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.events.event_streams import read_cloud_event
from tests.unit.outreach.events.pushed import (
    CONVERSATION,
    INTERACTION,
    MESSAGE_ADDED,
    REPLY,
    TASK,
    TASK_WRAPUP,
    cloud_event,
)


def test_a_message():
    event = read_cloud_event(MESSAGE_ADDED)
    assert event is not None
    assert event.payload() == REPLY
    assert read_cloud_event(MESSAGE_ADDED | {"data": json.dumps(MESSAGE_ADDED["data"])}) == event


def test_the_time_of_the_event_stands_in_for_that_of_the_message():
    data = {name: value for name, value in MESSAGE_ADDED["data"].items() if name != "DateCreated"}
    event = read_cloud_event(MESSAGE_ADDED | {"data": data})
    assert event is not None
    assert event.payload()["written_at"] == "2026-11-22T06:00:00.500000+00:00"


@pytest.mark.parametrize("kind", ["task.wrapup", "reservation.accepted"])
def test_a_task(kind):
    event = read_cloud_event(TASK_WRAPUP | {"type": f"com.twilio.taskrouter.{kind}"})
    assert event is not None
    assert event.payload() == {
        "v": 1,
        "kind": "task",
        "task_sid": TASK,
        "conversation_sid": CONVERSATION,
        "interaction_sid": INTERACTION,
        "status": "wrapping",
        "at": "2026-11-22T06:00:01+00:00",
    }


@pytest.mark.parametrize(
    "kind",
    [
        "com.twilio.conversations.message.updated",
        "com.twilio.conversations.user.added",
        "com.twilio.taskrouter.worker.created",
        "com.twilio.taskrouter.task-queue.created",
        "com.twilio.eventstreams.test-event",
        "com.example.anything",
    ],
)
def test_an_event_that_is_about_something_else_is_passed_over(kind):
    assert read_cloud_event(cloud_event(kind, None)) is None


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ({"specversion": "1.0"}, "has no type"),
        (
            MESSAGE_ADDED | {"data": None},
            "the data of com.twilio.conversations.message.added is not an object",
        ),
        (MESSAGE_ADDED | {"data": "{"}, "is not an object"),
        (MESSAGE_ADDED | {"data": "[" * 100_000}, "is not an object"),
        (TASK_WRAPUP | {"data": {}}, "the payload of com.twilio.taskrouter.task.wrapup is not an object"),
        (TASK_WRAPUP | {"data": {"payload": {}}}, "task.wrapup has no task_sid"),
    ],
)
def test_what_is_not_what_it_should_be_is_refused(event, problem):
    with pytest.raises(InvalidInput, match=problem):
        read_cloud_event(event)
