"""Lists of addresses that are not contacted, however they write an address."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.address_list import is_listed

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
    for empty in (None, "", " ", "\ufeff", float("nan"), np.nan, np.datetime64("NaT"), Decimal("NaN")):
        assert not is_listed([empty])("guest_42")


IN_LONDON = "+447911123456"


@pytest.mark.parametrize(
    "entry",
    [
        447911123456.0,
        np.float64(447911123456),
        np.int64(447911123456),
        Decimal("447911123456.0"),
        b"+447911123456",
        "447911123456.0",
        "447911123456,00",
        "4.47911123456E+11",
        "4,47911123456E+11",
        "4.47911123456E11",
        "\ufeff+447911123456",
        "\u202a+447911123456\u202c",
        "+44\u200b7911\u00ad123456",
        "+44\u00a07911\u2011123\u2212456",
        "+٤٤٧٩١١١٢٣٤٥٦",
        "'+447911123456",
        '"+44 7911 123456"',
        "+44 (0)7911 123456",
        "(+44) 7911 123456",
        "+0044 7911 123456",
        "0044 7911 123456",
        "011 44 7911 123456",
        "4407911123456",
        "07911/123456",
        "+44 7911 123456 ext. 12",
        "tel:+44-7911-123456;ext=12",
        "tel:07911123456",
        "SMS:+447911123456",
        "whatsapp:447911123456",
        "447911123456@c.us",
        "447911123456:12@s.whatsapp.net",
    ],
)
def test_a_number_is_read_however_it_was_exported(entry):
    for address in (IN_LONDON, f"whatsapp:{IN_LONDON}"):
        assert is_listed([entry])(address)
    for other in ("+447911123457", "+12025550117", "ada@example.com"):
        assert not is_listed([entry])(other)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"phone": IN_LONDON}, "entry 2 is a dict, not an address"),
        ((IN_LONDON,), "entry 2 is a tuple, not an address"),
        ([IN_LONDON], "entry 2 is a list, not an address"),
        (object(), "entry 2 is an object, not an address"),
        (True, "entry 2 is a bool, not an address"),
        (date(2026, 1, 1), "entry 2 is a date, not an address"),
        (np.datetime64("2026-01-01"), "entry 2 is a datetime64, not an address"),
        (np.float32(447911123456), "entry 2 is a float32, not an address"),
        (float("inf"), "entry 2 is a float, not an address"),
        (12.5, "entry 2 is a float, not an address"),
        (1e20, "entry 2 is a float, not an address"),
        (-447911123456, "entry 2 is an int, not an address"),
        (b"\xff", "entry 2 is a bytes, not an address"),
        ("4.47911E+11", r"entry 2 \(4\.•••\) has lost digits of its number"),
        ("4E+11", "has lost digits"),
        ("+44 7911 123456 / +44 7911 123457", r"entry 2 \(\+4•••\) holds more than one number"),
        ("7911 123456 / 7911 123457", "has too many digits for one number"),
        ("+447911123456, +447911123457", "is not a phone number, a mail address or another address"),
        ("+44", "is not a phone number, a mail address or another address"),
        ("+1 5550117", "has a country code, but is not a phone number of that country"),
        ("tel:Ada", "is not a phone number"),
        ("whatsapp:Ada", "is not an address of the channel whatsapp"),
        ("120363025246125486@g.us", "is not a person's number or user id on WhatsApp"),
        ("1234567890@lid", "is not a person's number or user id on WhatsApp"),
        ("ada@", "is not an address of the channel email"),
        ("ada@example.com; bob@example.com", "is not an address of the channel email"),
        ("N/A", "is not a phone number, a mail address or another address"),
        ("Ada Lovelace", "is not a phone number, a mail address or another address"),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_shown(entry, problem):
    with pytest.raises(InvalidInput, match=problem) as refused:
        is_listed([None, entry])
    assert "suppression: entry 2" in str(refused.value)
    assert str(refused.value).endswith("Nobody is contacted until it can be read.")
    assert "7911" not in str(refused.value)
    assert "Ada" not in str(refused.value)


def test_all_that_cannot_be_read_are_counted():
    with pytest.raises(InvalidInput, match=r"entry 2 is a bool.* 2 more cannot be read either"):
        is_listed([IN_LONDON, True, "N/A", {}])
    with pytest.raises(InvalidInput, match=r"entry 1 is a bool.* 1 more cannot be read either"):
        is_listed([True, {}])


def test_an_identity_may_look_like_a_number():
    uuid = UUID("12345678-1234-4234-8234-123456789012")
    for identity in ("24381250", "12", "1E5", "2025550x117", "123456789012345678", str(uuid)):
        assert is_listed([identity])(identity)
    assert is_listed([uuid, 24381250.0])(str(uuid))
    assert is_listed([uuid, 24381250.0])("24381250")


def test_a_number_of_another_country_is_another_person():
    """Without the country code, 15512345678 is a number of +1: nobody dials the 1 of +52 1 at home."""
    for entry in ("+15512345678", "0015512345678", "15512345678", 15512345678.0):
        assert is_listed([entry])("+15512345678")
        assert not is_listed([entry])("+525512345678")


local = st.text("abcXYZ019.!#$&'*+/=?^_`{|}~-", min_size=1, max_size=20).filter(
    lambda text: not text.startswith(("'", "`")) and not text.isdigit()
)
domains = st.sampled_from(
    [
        ("Example.com", "example.com"),
        ("MÜLLER.de", "xn--mller-kva.de"),
        ("mail.例え.jp", "mail.xn--r8jz45g.jp"),
    ]
)


WRITINGS = (
    "{}", " {} ", "\ufeff{}", "{}\u200b", "mailto:{}", "MailTo:{}", '"{}"', "Ada <{}>", '"L, Ada" <{}>',
)  # fmt: skip


@given(name=local, domain=domains, data=st.data())
def test_a_mail_address_is_read_in_any_writing(name, domain, data):
    written, in_ascii = domain
    entry = f"{name}@{written}"
    writing = data.draw(st.sampled_from(WRITINGS))
    listed = is_listed([writing.format(data.draw(st.sampled_from([entry, entry.lower(), entry.upper()])))])
    assert listed(f"{name}@{in_ascii}")
    assert listed(f"{name.swapcase()}@{in_ascii}")
    assert not listed(f"x{name}@{in_ascii}")
    assert not listed(f"{name}@x{in_ascii}")
