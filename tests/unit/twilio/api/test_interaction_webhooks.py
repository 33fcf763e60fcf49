"""Webhooks of interactions, which no OpenAPI document describes."""

from __future__ import annotations

from airflow_provider_flexout.twilio.api.interaction_webhooks import (
    EVENTS,
    InteractionWebhookPage,
    create_interaction_webhook,
    delete_interaction_webhook,
    list_interaction_webhooks,
)
from airflow_provider_flexout.twilio.http.call import RetrySafety


def test_each_event_is_a_field_of_its_own():
    call = create_interaction_webhook(
        "GO1", "https://a.example", EVENTS[:2], type="global", method="POST", friendly_name=None
    )
    assert call.path == "/v1/Instances/GO1/InteractionWebhooks"
    assert call.form == {
        "WebhookEvents": ("onInteractionCreated", "onChannelCreated"),
        "WebhookUrl": "https://a.example",
        "WebhookMethod": "POST",
        "Type": "global",
    }


def test_a_second_webhook_would_be_called_too():
    call = create_interaction_webhook("GO1", "", (), type="global", method="GET", friendly_name=None)
    assert call.retry_safety is RetrySafety.NON_IDEMPOTENT
    assert delete_interaction_webhook("GO1", "ttid").retry_safety is RetrySafety.IDEMPOTENT
    assert list_interaction_webhooks("GO1").retry_safety is RetrySafety.SAFE


def test_the_list_holds_its_items_under_data():
    page = InteractionWebhookPage.model_validate({"data": [{"ttid": "flex_interactionwebhook_1"}]})
    assert [one.ttid for one in page.items] == ["flex_interactionwebhook_1"]
