"""Web: chat under another name."""

from __future__ import annotations

from airflow_provider_flexout.outreach.channels.chat import Chat
from airflow_provider_flexout.outreach.channels.web import Web


def test_it_follows_the_rules_of_chat():
    assert isinstance(Web(), Chat)
    assert Web().properties(None, None) == {"type": "web"}
    assert Web().text_limit == Chat().text_limit
