"""What is closed is not changed."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.rules.preconditions import require_open, require_open_channel
from airflow_provider_flexout.sandbox.state.records import ChannelRecord, ConversationRecord
from airflow_provider_flexout.sandbox.wire.http import ApiError


def test_a_closed_conversation_is_not_changed():
    row = ConversationRecord("CH1", 1, 0, 0, "system", state="inactive")
    require_open(row)
    row.state = "closed"
    with pytest.raises(ApiError) as caught:
        require_open(row)
    assert (caught.value.status, caught.value.code) == (400, 50377)


def test_a_channel_that_is_not_open_is_not_changed():
    row = ChannelRecord("UO1", "KD1", "sms", "agent", "CH1", status="inactive")
    require_open_channel(row)
    for row.status in ("closed", "failed"):
        with pytest.raises(ApiError) as caught:
            require_open_channel(row)
        assert (caught.value.status, caught.value.code) == (400, 80906)
