from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.interaction.conversation_first import ConversationFirst


@pytest.fixture
def open_by(client, plan, sandbox):
    def run(attempt_id, first_message=None, **arguments):
        attempt = ConversationFirst(plan(**arguments), attempt_id, sandbox.clock.time, first_message)
        return client.run(attempt.open())

    return run


@pytest.fixture
def requests(sandbox):
    """Give the operations since the last look."""

    def read():
        operations = [one.operation for one in sandbox.requests]
        sandbox.requests.clear()
        return operations

    return read
