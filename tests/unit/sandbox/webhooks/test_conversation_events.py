"""What the webhooks of conversations are told."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.state.records import ConversationRecord, MessageRecord
from airflow_provider_flexout.sandbox.state.webhook_registry import WebhookRegistry
from airflow_provider_flexout.sandbox.webhooks.conversation_events import (
    notify_conversation,
    notify_message,
    notify_state,
)

CONVERSATION = ConversationRecord("CH1", 1, 0, 0, "system", unique_name="fx1")


@pytest.fixture
def registry():
    made = WebhookRegistry()
    made.configuration.post_url = "http://all"
    made.configuration.filters = ["onConversationAdded", "onConversationStateUpdated", "onMessageAdded"]
    return made


def test_what_is_empty_is_left_out(registry):
    notify_conversation(registry, "onConversationAdded", CONVERSATION)
    (callback,) = registry.sent
    assert callback.params["UniqueName"] == "fx1"
    assert callback.params["Source"] == "SDK"
    assert "FriendlyName" not in callback.params


def test_a_state_tells_where_it_comes_from(registry):
    notify_state(registry, CONVERSATION, "inactive", "TIMER", 1772355600)
    params = registry.sent[0].params
    assert [params[name] for name in ("StateFrom", "StateTo", "Reason", "StateUpdated")] == [
        "inactive",
        "active",
        "TIMER",
        "2026-03-01T09:00:00Z",
    ]


def test_a_request_that_does_not_ask_for_webhooks_tells_nothing(registry):
    registry.source = None
    text = ("Hello", "{}", None, "ME1", None, None, None)
    message = MessageRecord("IM1", "CH1", 0, "shop", 0, 0, *text, 0)
    notify_message(registry, "onMessageAdded", CONVERSATION, message)
    assert not registry.sent
    registry.source = "API"
    notify_message(registry, "onMessageAdded", CONVERSATION, message)
    assert registry.sent[0].params["Media"] == '[{"Sid":"ME1"}]'
