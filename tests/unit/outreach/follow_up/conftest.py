"""A conversation that is followed up."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.follow_up.cadence import plan_cadence
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import send_once

CUSTOMER = "+12025550117"
STEPS = [{"after": "1h", "body": "One"}, {"after": "2h", "body": "Two"}]


@pytest.fixture
def conversation_sid(attempt):
    return attempt().conversation_sid


@pytest.fixture
def cadence(conversation_sid):
    return plan_cadence(key=derive_key("follow-up"), conversation_sid=conversation_sid, steps=STEPS)


@pytest.fixture
def send(client, conversation_sid):
    """Send a message of the pipeline's, as another task does."""
    return lambda body: client.run(send_once(MessageDraft(derive_key(body), conversation_sid, body=body)))


@pytest.fixture
def reply(sandbox, conversation_sid):
    """Let the customer write."""
    return lambda text: sandbox.customer(CUSTOMER).says(text, in_conversation=conversation_sid)
