"""A user as the page on troubleshooting meets them: their Airflow, and the sandbox behind its connection."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.twilio.api.conversations import create_conversation, create_participant
from tests.unit.operators.test_interaction import create

ADA, BOB = "+12025550117", "+12025550118"
KEY = durable.derive_key("troubleshooting")


class User:
    """What a provocation works with: a user's Airflow and the sandbox that it is connected to."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.fixture = request.getfixturevalue
        for name in ("run", "served", "use_connection", "monkeypatch"):
            setattr(self, name, request.getfixturevalue(name))

    def open(self, **arguments: Any) -> dict[str, Any]:
        how = {"try_number": arguments.pop("try_number", 1)}
        return self.run(create(**arguments), **how).xcoms["return_value"]

    def twilio(self, *calls: Any) -> list[Any]:
        """Do what another program, or somebody in the Console, does."""
        with FlexHook().get_conn() as client:
            return [client.send(call) for call in calls]

    def template(self, name: str) -> str:
        return next(one.sid for one in self.served.templates if one.name == name)


def connected(**fields):
    """Make a provocation: a conversation is opened by a connection with other fields."""

    def provoke(user):
        connection = json.dumps(user.served.connection() | fields)
        user.monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", connection)
        user.open()

    return provoke


def without_waiting(attempt):
    """Make a provocation that takes minutes: in memory, where waiting moves the sandbox's clock."""

    def provoke(user):
        client, sandbox = user.fixture("client"), user.fixture("sandbox")
        conversation = client.send(create_conversation())
        sender = sandbox.connection()["extra"]["sms_from"]
        client.send(create_participant(conversation.sid, address=ADA, proxy_address=sender))
        draft = MessageDraft(KEY, conversation.sid, body="Hello")
        client.run(attempt(sandbox, draft, user.fixture("defaults")))

    return provoke
