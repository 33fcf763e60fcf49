"""Conversations, participants and webhooks: what may be sent twice, and what their attributes hold."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.twilio.api.conversations import (
    Conversation,
    ConversationWebhookPage,
    create_conversation,
    create_participant,
    create_studio_webhook,
    delete_conversation,
    delete_conversation_webhook,
    fetch_conversation,
    list_conversation_webhooks,
    list_participant_conversations,
    list_participants,
    update_conversation,
)
from airflow_provider_flexout.twilio.http.call import RetrySafety


@pytest.mark.parametrize(
    ("call", "retry_safety"),
    [
        (create_conversation(unique_name="flexout_fx1"), RetrySafety.IDEMPOTENT),
        (create_conversation(friendly_name="Ada"), RetrySafety.NON_IDEMPOTENT),
        (update_conversation("CH1", state="closed"), RetrySafety.IDEMPOTENT),
        (delete_conversation("CH1"), RetrySafety.IDEMPOTENT),
        (create_participant("CH1", identity="ada"), RetrySafety.IDEMPOTENT),
        (fetch_conversation("CH1"), RetrySafety.SAFE),
        (list_participants("CH1"), RetrySafety.SAFE),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_conversation_is_made_once_by_its_unique_name_only(call, retry_safety):
    assert call.retry_safety is retry_safety


def test_attributes_are_read_from_their_string():
    assert Conversation(sid="CH1", attributes='{"a": 1}').attribute_object == {"a": 1}
    assert Conversation(sid="CH1").attribute_object == {}


def test_a_list_is_asked_for_by_one_of_two():
    assert list_participant_conversations(identity="ada").query == {"Identity": "ada"}
    assert list_participant_conversations(address="+1311").query == {"Address": "+1311"}


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
