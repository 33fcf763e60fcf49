"""Waits that are carried to their end on the sandbox's clock."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.waiters import wait_for


@pytest.fixture
def wait(client, sandbox):
    """Carry a wait to its end."""
    return lambda waiter: client.run(wait_for(waiter, clock=lambda: sandbox.clock.now().timestamp()))


@pytest.fixture
def elapsed(sandbox):
    """Count the seconds since a moment."""
    return lambda began: (sandbox.clock.now() - began).total_seconds()
