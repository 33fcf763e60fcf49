from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.interaction.one_call import OneCall
from airflow_provider_flexout.twilio.api.conversations import update_conversation


@pytest.fixture
def open_by(client, plan):
    return lambda attempt_id, **arguments: client.run(
        OneCall(plan(strategy="one_call", **arguments), attempt_id).open()
    )


@pytest.fixture
def forget_name(client):
    """Leave a conversation as an attempt does that was killed before it named it; or as another one's."""

    def run(conversation_sid, attributes=None):
        client.send(
            update_conversation(conversation_sid, unique_name="somebody's", attributes=attributes or {})
        )

    return run


@pytest.fixture
def timed(client, plan, sandbox):
    """Make one attempt by Twilio's clock; give its result, the seconds that it took, and its requests."""

    def run(attempt_id="first", first_message=None, *, is_locked=None, **arguments):
        sandbox.requests.clear()
        began = sandbox.clock.time()
        opened = client.run(
            OneCall(
                plan(strategy="one_call", **arguments),
                attempt_id,
                sandbox.clock.time,
                first_message,
                **({} if is_locked is None else {"is_locked": is_locked}),
            ).open()
        )
        return opened, sandbox.clock.time() - began, [one.operation for one in sandbox.requests]

    return run
