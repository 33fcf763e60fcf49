"""The types of channel: whose address is whose, and what each carries."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.state.channel_types import (
    CHANNEL_TYPES,
    SENDERS,
    channel_type,
    type_of_address,
    type_of_sample,
)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("+15005550010", "sms"),
        ("whatsapp:+15005550010", "whatsapp"),
        ("messenger:100005550010", "messenger"),
        ("ada@shop.example", "email"),
        ("5005550010", None),
        ("whatsapp:5005550010", None),
        ("messenger:", None),
        ("ada@localhost", None),
        ("ada@-shop.example", None),
        ("a" * 250 + "@shop.example", None),
        ("messenger:" + "1" * 250, None),
        ("", None),
    ],
)
def test_the_type_of_an_address(address, kind):
    assert type_of_address(address) == kind


@pytest.mark.parametrize(
    ("sample", "kind"),
    [("+1XXX", "sms"), ("whatsapp:+1XXX", "whatsapp"), ("messenger:X", "messenger"), ("X@X", "email")],
)
def test_the_type_of_a_sample(sample, kind):
    assert type_of_sample(sample) == kind


def test_each_sender_is_an_address_of_its_type():
    for each in CHANNEL_TYPES.values():
        addresses = [sender for name, sender in each.senders.items() if not name.endswith("_name")]
        assert {type_of_address(address) for address in addresses} <= {each.name}
        assert all(address.startswith(each.prefix) for address in addresses)
    assert len(SENDERS) == 5


def test_a_name_that_is_none_has_no_rules():
    assert channel_type(None) == channel_type("fax")
    assert not channel_type("fax").has_opt_out
