"""Asking a policy in a sandbox in memory, and what Twilio holds of earlier outreaches."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.twilio.api.conversations import update_conversation


@pytest.fixture
def ask(client, sandbox):
    """Ask a policy, by the sandbox's clock."""
    return lambda policy: client.run(policy.check(sandbox.clock.now()))


@pytest.fixture
def contact(attempt, client, sandbox):
    """Open an outreach to the customer, have it closed, and let some time pass."""

    def run(number: int, then: str = "1h", **arguments):
        opened = attempt(key=derive_key("outreach", number), **arguments)
        client.send(update_conversation(opened.conversation_sid, state="closed"))
        sandbox.clock.advance(then)
        return opened

    return run


@pytest.fixture
def say(client, sandbox):
    """Say something in a conversation, and let its receipt arrive."""

    def run(conversation_sid, body="Hello"):
        key = derive_key(conversation_sid, body, str(len(sandbox.messages)))
        client.run(send_once(MessageDraft(key, conversation_sid, body=body)))
        sandbox.clock.advance("1m")

    return run
