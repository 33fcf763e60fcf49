"""Whom an address means that somebody has typed or pasted."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.inbox.conversations import addresses_of

NUMBER = ("+12025550143", "whatsapp:+12025550143")
MEXICAN = {f"{channel}+52{one}5512345678" for channel in ("", "whatsapp:") for one in ("", "1")}


@pytest.mark.parametrize(
    "entry",
    [
        "+12025550143",
        " +1 (202) 555-0143 ",
        "tel:+1-202-555-0143",
        "whatsapp:+1 202 555 0143",
        "0012025550143",
        "12025550143@c.us",
        "'+1\u202a2025550143\u202c",
        "+1\uff12\uff10\uff125550143",
    ],
)
def test_a_number_in_any_writing_is_looked_for_on_both_channels(entry):
    assert sorted(addresses_of("address", entry)) == sorted(NUMBER)


@pytest.mark.parametrize(
    ("entry", "channel", "addresses"),
    [
        ("+5215512345678", None, MEXICAN),
        ("Ada <Ada@Example.com>", None, {"Ada@Example.com", "ada@example.com"}),
        ("mailto:ada@example.com", None, {"ada@example.com"}),
        ("whatsapp:US.13491208655302741918", None, {"whatsapp:US.13491208655302741918"}),
        ("messenger:4242", None, {"messenger:4242"}),
        ("guest_42", None, {"guest_42"}),
        ("2025550143", "chat", {"2025550143"}),
        ("+12025550143", "whatsapp", set(NUMBER)),
    ],
)  # fmt: skip
def test_other_addresses(entry, channel, addresses):
    assert set(addresses_of("address", entry, channel)) == addresses


@pytest.mark.parametrize(
    ("entry", "channel", "problem"),
    [
        ("(202) 555-0143", None, r"Did you mean \+1•••••0143\? Write \+1 and the other 10 digits"),
        ("447911123456", None, r"Did you mean \+44?•+3456"),
        ("", None, "missing; name a phone number"),
        (" \u200b", None, "missing"),
        (None, None, "missing"),
        ("+1202", None, "not a phone number"),
        ("+12025550143 +12025550144", None, "holds more than one number"),
        ("ada@", None, "not an address of the channel email"),
        ("a b c", None, "is not a chat identity"),
        ("guest_42", "sms", "not a phone number in E.164"),
        ("guest_42", "pigeon", "is not a channel"),
        (["+12025550143"], None, "list, not an address"),
    ],
)
def test_what_cannot_be_read_is_refused_without_being_shown(entry, channel, problem):
    with pytest.raises(InvalidInput, match=problem) as caught:
        addresses_of("address", entry, channel)
    assert "555" not in str(caught.value).replace("13115552368", "")
