"""Finding the cards of conversations by a name, an address or a SID."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.page.search import find_cards
from tests.unit.sandbox.conftest import CUSTOMER


@pytest.fixture
def found(sandbox):
    return lambda text: [each["sid"] for each in find_cards(sandbox._store, text)]


def test_by_address_and_by_each_sid(sandbox, opened, found):
    interaction, task = sandbox.interactions[0].sid, sandbox.tasks[0].sid
    for text in (CUSTOMER, CUSTOMER[3:8], f" {opened.sid} ", opened.sid.lower(), interaction, task):
        assert found(text) == [opened.sid]
    assert found("") == found("nobody") == []


def test_a_task_is_found_after_twilio_has_deleted_it(sandbox, ask, opened, found):
    task = sandbox.tasks[0].sid
    sandbox.agent().finishes(after=0)
    sandbox.clock.advance("10m")
    sandbox._store.clock.run_due()
    assert found(task) == [opened.sid]
