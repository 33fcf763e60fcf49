"""Conversations and participants: what may be sent twice, and what their attributes hold."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.twilio.api.conversations import (
    Conversation,
    create_conversation,
    create_participant,
    delete_conversation,
    fetch_conversation,
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
