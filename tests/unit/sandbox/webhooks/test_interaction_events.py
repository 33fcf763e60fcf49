"""What the webhooks of interactions are told: all of them, or those that an interaction names."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.state.records import (
    ChannelParticipantRecord,
    ChannelRecord,
    InteractionWebhookRecord,
)
from airflow_provider_flexout.sandbox.state.webhook_registry import WebhookRegistry
from airflow_provider_flexout.sandbox.webhooks.interaction_events import (
    notify_channel,
    notify_channel_participant,
)

EVENTS = ["onChannelCreated", "onParticipantJoined"]


def test_a_named_webhook_hears_of_its_interactions_only():
    registry = WebhookRegistry()
    for ttid, kind in (("all", "global"), ("one", "interaction")):
        registry.interaction[ttid] = InteractionWebhookRecord(ttid, EVENTS, f"http://{ttid}", "POST", kind)
    notify_channel(registry, "onChannelCreated", ChannelRecord("UO1", "KD1", "sms", "agent", "CH1"))
    named = ChannelRecord("UO2", "KD2", "sms", "agent", "CH2", webhook_ttid="one")
    agent = ChannelParticipantRecord("UT1", "agent", task_sid="WT1")
    notify_channel_participant(registry, "onParticipantJoined", named, agent)
    notify_channel(registry, "onChannelStatusUpdated", named, ChannelStatus="active")  # nobody asked for it
    assert [(each.url, each.conversation_sid) for each in registry.sent] == [
        ("http://all", "CH1"),
        ("http://all", "CH2"),
        ("http://one", "CH2"),
    ]
    assert registry.sent[-1].params["TaskSid"] == "WT1"
