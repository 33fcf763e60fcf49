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


@pytest.mark.parametrize("name", ["ada", "-ada", "+ada", ".ada", "ada+flex", "a-b.c+d"])
def test_a_name_is_masked_from_its_first_character(name):
    assert mask_text(f"<{name}@example.com>") == f"<{name[0]}•••@example.com>"


@pytest.mark.parametrize("begin", ["", "whatsapp%3A", "whatsapp%3a", "Address=", "x", "_"])
@pytest.mark.parametrize("plus", ["%2B", "%2b"])
def test_a_number_with_an_encoded_plus_sign_is_masked_whatever_stands_before_it(begin, plus):
    assert mask_text(f"no {begin}{plus}13115552368!") == f"no {begin}+1•••••2368!"


@pytest.mark.parametrize(
    "unit",
    ["-", "+", ".", "a", "1", "+1", "%2B", "-.", "a@", "@", "a@b.", "+1-", "%40", "a%40b-", " ", "1 (", "é"],
)
def test_any_text_is_masked_in_a_time_in_proportion_to_its_length(unit):
    """Where the time grew with the square of it, this would take an hour: 40,000 hyphens took 7 s."""
    length = 1_000_000 // len(unit)
    assert len(mask_text("+" + unit * length)) >= length // 20


def test_addresses_in_a_text_are_masked_and_sids_are_not():
    text = f"A binding for +13115552368 (ada@example.com, %2B13115552368) already exists in Conversation {CH}"
    assert (
        mask_text(text)
        == f"A binding for +1•••••2368 (a•••@example.com, +1•••••2368) already exists in Conversation {CH}"
    )
