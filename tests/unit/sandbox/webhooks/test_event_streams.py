"""What Event Streams say of a message, and when they say nothing."""

from __future__ import annotations

import json

from airflow_provider_flexout.sandbox.state.records import MessageRecord
from airflow_provider_flexout.sandbox.state.webhook_registry import (
    SinkRecord,
    SubscriptionRecord,
    WebhookRegistry,
)
from airflow_provider_flexout.sandbox.webhooks.event_streams import stream_message, stream_task

MESSAGE = MessageRecord(
    sid="IM1",
    conversation_sid="CH1",
    index=0,
    author="+12025550143",
    created=0.0,
    updated=0.0,
    body="yes",
    attributes="{}",
    participant_sid=None,
    media_sid=None,
    content_sid=None,
    content_variables=None,
    subject=None,
    recipients=0,
)


def subscribed():
    registry = WebhookRegistry()
    registry.streams.sinks["DG1"] = SinkRecord("DG1", "", "kinesis", {"arn": "arn:x"}, 0.0)
    types = {"com.twilio.conversations.message.added": 1}
    registry.streams.subscriptions["DF1"] = SubscriptionRecord("DF1", "", "DG1", types, 0.0)
    return registry


def test_a_stream_of_kinesis_is_kept_and_not_called():
    registry, called = subscribed(), []
    registry.deliver = called.append
    stream_message(registry, MESSAGE)
    (kept,) = registry.sent
    assert (kept.url, kept.event, called) == ("arn:x", "com.twilio.conversations.message.added", [])
    (event,) = json.loads(kept.body)
    assert (event["data"]["MessageSid"], "ParticipantSid" in event["data"]) == ("IM1", False)


def test_nothing_is_told_of_a_request_that_asks_for_no_webhooks_nor_of_no_event():
    registry = subscribed()
    registry.source = None
    stream_message(registry, MESSAGE)
    stream_task(registry, None)
    assert not registry.sent
