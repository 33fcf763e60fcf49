from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.interaction.open_once import open_once
from airflow_provider_flexout.outreach.interaction.request import (
    InteractionRequest,
    InteractionResult,
)
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.twilio.api.conversations import create_conversation, create_participant
from airflow_provider_flexout.twilio.http.client import Client
from tests.outreach_request import request_of

CUSTOMER = "+12025550117"


@pytest.fixture
def plan(defaults: ConnectionDefaults) -> Callable[..., InteractionRequest]:
    """Make an opening: by default, by SMS to the customer, under one key."""

    def make(**arguments: Any) -> InteractionRequest:
        named = {
            "key": derive_key("test"),
            "channel": "sms",
            "to": CUSTOMER,
            "customer_name": "Ada",
            "defaults": defaults,
        }
        if not isinstance(arguments.get("channel", "sms"), str):
            del named["to"]
        return request_of(**(named | arguments))

    return make


@pytest.fixture
def attempt(connect, plan, sandbox: Sandbox) -> Callable[..., InteractionResult]:
    """Make one attempt at an opening, as a process of its own would."""

    def run(*, on_open_conversation: str = "fail", **arguments: Any) -> InteractionResult:
        client: Client = connect()
        with client:
            return client.run(
                open_once(
                    plan(**arguments),
                    on_open_conversation=on_open_conversation,
                    clock=lambda: sandbox.clock.now().timestamp(),
                )
            )

    return run


@pytest.fixture
def elsewhere(client, sandbox) -> str:
    """An open conversation that the customer has with our sender already."""
    sender = sandbox.connection()["extra"]["sms_from"]
    sid = client.send(create_conversation()).sid
    client.send(create_participant(sid, address=CUSTOMER, proxy_address=sender))
    return sid
