"""Webhooks of a conversation that start a Studio flow."""

from __future__ import annotations

from airflow_provider_flexout.twilio.api.conversation_webhooks import (
    ConversationWebhookPage,
    create_studio_webhook,
    delete_conversation_webhook,
    list_conversation_webhooks,
)
from airflow_provider_flexout.twilio.http.call import RetrySafety


def test_a_second_webhook_would_start_a_second_flow():
    assert create_studio_webhook("CH1", "FW1").retry_safety is RetrySafety.NON_IDEMPOTENT
    assert delete_conversation_webhook("CH1", "WH1").retry_safety is RetrySafety.IDEMPOTENT
    assert list_conversation_webhooks("CH1").retry_safety is RetrySafety.SAFE


def test_nothing_is_replayed_unless_it_is_asked_for():
    assert "Configuration.ReplayAfter" not in create_studio_webhook("CH1", "FW1").form
    assert create_studio_webhook("CH1", "FW1", replay_after=0).form["Configuration.ReplayAfter"] == "0"


def test_the_flow_is_read_from_the_configuration():
    rows = [{"sid": "WH1", "target": "studio", "configuration": {"flow_sid": "FW1"}}, {"sid": "WH2"}]
    page = ConversationWebhookPage.model_validate({"meta": {"key": "webhooks"}, "webhooks": rows})
    assert [one.flow_sid for one in page.items] == ["FW1", None]
