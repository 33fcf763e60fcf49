"""Addresses are masked wherever they stand, and SIDs are not."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.twilio.http.redaction import mask_address, mask_text
from tests.unit.twilio.http.responses import CH


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("+13115552368", "+1•••••2368"),
        ("whatsapp:+13115552368", "whatsapp:+1•••••2368"),
        ("ada@example.com", "a•••@example.com"),
        ("messenger:1234567890", "messenger:12•••"),
        ("guest_42", "gu•••"),
        (None, "(none)"),
        ("", "(none)"),
    ],
)
def test_an_address_is_masked(address, masked):
    assert mask_address(address) == masked


def test_addresses_in_a_text_are_masked_and_sids_are_not():
    text = f"A binding for +13115552368 (ada@example.com, %2B13115552368) already exists in Conversation {CH}"
    assert (
        mask_text(text)
        == f"A binding for +1•••••2368 (a•••@example.com, +1•••••2368) already exists in Conversation {CH}"
    )
