"""Lists of addresses that are not contacted, however they write an address."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.policies.recipients import recipients_of
from airflow_provider_flexout.outreach.policies.suppression import AddressPolicy, is_listed

CUSTOMER = "+12025550117"


@pytest.mark.parametrize(
    "entry",
    [
        "+12025550117",
        "whatsapp:+12025550117",
        " +1 (202) 555-0117 ",
        "0012025550117",
        "12025550117",
        "202-555-0117",
        12025550117,
    ],
)
@pytest.mark.parametrize("address", [CUSTOMER, f"whatsapp:{CUSTOMER}"])
def test_a_list_is_matched_however_it_writes_the_number(entry, address):
    assert is_listed([None, "", entry])(address)
    assert not is_listed([None, "", entry])("+12025550118")


def test_a_list_matches_numbers_with_the_zero_that_is_dialled_at_home():
    assert is_listed(["07911 123456"])("+447911123456")
    assert is_listed(["Ada@Example.com "])("ada@example.com")
    assert not is_listed(["ada@example.com"])(CUSTOMER)


def test_a_suppressed_customer_is_skipped(plan, ask):
    policy = AddressPolicy("suppressed", "is suppressed.", recipients_of(plan()), is_listed([CUSTOMER]))
    refused = ask(policy)
    assert refused.reason == "suppressed"
    assert CUSTOMER not in refused.why
    assert refused.why.endswith("is suppressed.")


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("Ada Lovelace <ADA@example.com>", "ada@example.com"),
        ("messenger:24381250", "messenger:24381250"),
        ("guest_42", "guest_42"),
        ("WhatsApp: +1 202 555 0117", CUSTOMER),
    ],
)
def test_a_list_is_matched_on_every_channel(entry, address):
    assert is_listed([entry])(address)


def test_an_entry_of_one_channel_is_nobody_on_another():
    assert not is_listed(["24381250"])("messenger:24381250")
    assert not is_listed(["messenger:24381250"])("24381250")


def test_empty_entries_are_nobody():
    assert not is_listed([None])("none")
    assert not is_listed(["", "  "])("")
