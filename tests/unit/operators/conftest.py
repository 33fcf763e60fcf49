"""Conversations to say something in."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator

TO = {
    "sms": "+12025550117",
    "whatsapp": "whatsapp:+12025550117",
    "messenger": "messenger:24381250",
    "chat": "guest_42",
    "web": "guest_43",
    "email": "ada@example.com",
}


@pytest.fixture
def talk(run):
    """Open a conversation on a channel."""

    def opened(channel: str) -> str:
        operator = CreateInteractionOperator(task_id=f"open_{channel}", channel=channel, to=TO[channel])
        return run(operator).xcoms["conversation_sid"]

    return opened


@pytest.fixture
def say(run, talk):
    """Say something in a new conversation, or in one that is given."""

    def sent(on: str = "sms", *, where: str | None = None, **arguments):
        tried = {name: arguments.pop(name) for name in ("try_number",) if name in arguments}
        operator = SendConversationMessageOperator(
            task_id="say", conversation_sid=where or talk(on), **arguments
        )
        return run(operator, **tried)

    return sent
