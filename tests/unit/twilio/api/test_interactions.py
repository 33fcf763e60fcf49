"""Interactions carry a copy of their task, of which each part may be missing; and their webhooks."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.twilio.api import interactions
from airflow_provider_flexout.twilio.api.interactions import (
    EVENTS,
    InteractionWebhookPage,
    create_interaction_webhook,
    delete_interaction_webhook,
    list_interaction_webhooks,
)
from airflow_provider_flexout.twilio.http.call import RetrySafety
from tests.unit.twilio.http.responses import CH

KD, UO, WT, KG = (prefix + "1" * 32 for prefix in ("KD", "UO", "WT", "KG"))


def test_an_interaction_carries_its_task_as_json_in_a_string():
    interaction = interactions.Interaction.model_validate(
        {
            "sid": KD,
            "channel": {"type": "sms", "sid": UO},
            "routing": {
                "reservation": None,
                "properties": {
                    "sid": WT,
                    "attributes": f'{{"conversationSid": "{CH}", "flexChannelInviteSid": "{KG}"}}',
                    "date_created": 1761934290,
                    "assignmentCounter": 0,
                },
            },
        }
    )
    assert (interaction.channel_sid, interaction.channel_type, interaction.task_sid) == (UO, "sms", WT)
    assert interaction.task_attributes == {"conversationSid": CH, "flexChannelInviteSid": KG}
    assert interaction.task["date_created"] == 1761934290


@pytest.mark.parametrize(
    "routing",
    [
        None,
        {},
        {"properties": None},
        {"properties": {"attributes": None}},
        {"properties": {"attributes": "not json"}},
        {"properties": {"attributes": "[1]"}},
    ],
)
def test_what_is_missing_reads_as_missing(routing):
    interaction = interactions.Interaction.model_validate({"sid": KD, "routing": routing})
    assert (interaction.task_sid, interaction.task_attributes, interaction.channel_sid) == (None, {}, None)


def test_a_second_interaction_would_contact_an_agent():
    assert interactions.create_interaction({}, None).retry_safety is RetrySafety.NON_IDEMPOTENT
    assert interactions.update_channel("KD1", "UO1", "closed").retry_safety is RetrySafety.IDEMPOTENT
    assert interactions.fetch_channel("KD1", "UO1").retry_safety is RetrySafety.SAFE


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
