"""A conversation's card: who, what, and how far each message has come."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.sandbox.page.conversation_card import card
from airflow_provider_flexout.sandbox.page.search import find_cards
from tests.unit.sandbox.conftest import CUSTOMER


def test_a_card_shows_the_conversation_with_its_tasks_and_messages(sandbox, ask, opened):
    ask("POST", f"/v1/Conversations/{opened.sid}/Messages", {"Body": "Hello", "Author": "shop"})
    sandbox.clock.advance("5s")
    shown = card(sandbox._store, sandbox._store.conversation(opened.sid))
    assert (shown["kind"], shown["channel"], shown["state"]) == ("sms", "active", "active")
    assert [each["who"] for each in shown["customers"]] == [CUSTOMER]
    assert [(each["status"], each["worker"]) for each in shown["tasks"]] == [("assigned", "ana")]
    assert [(each["body"], each["role"], each["delivery"]) for each in shown["messages"]] == [
        ("Hello", "pipeline", "delivered")
    ]


@pytest.mark.parametrize(
    ("attributes", "name"),
    [({"customerName": "Zoë Bakker"}, "Zoë Bakker"), ({}, None)],
)
def test_a_name_is_shown_before_an_agent_comes_in(sandbox, ask, attributes, name):
    ask("POST", "/v1/Conversations", {"Attributes": json.dumps(attributes)})
    shown = card(sandbox._store, sandbox._store.conversation(sandbox.conversations[0].sid))
    assert shown["customer_name"] == name
    assert bool(find_cards(sandbox._store, "BAKKER")) == bool(name)


def test_a_failed_message_shows_its_code(sandbox, ask, opened):
    sandbox.customer().fails(30003)
    ask("POST", f"/v1/Conversations/{opened.sid}/Messages", {"Body": "Hello"})
    queued = card(sandbox._store, sandbox._store.conversation(opened.sid))["messages"][0]
    assert (queued["delivery"], queued["code"]) == ("queued", None)
    sandbox.clock.advance("5s")
    failed = card(sandbox._store, sandbox._store.conversation(opened.sid))["messages"][0]
    assert (failed["delivery"], failed["code"]) == ("undelivered", 30003)
