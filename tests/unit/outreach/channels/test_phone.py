"""Phone numbers, and the two channels that reach them."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_flexout.outreach.channels.phone import check_number
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.errors import InvalidInput

SMS, WHATSAPP = CHANNELS["sms"], CHANNELS["whatsapp"]
numbers = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)).map(
    lambda region: phonenumbers.format_number(
        phonenumbers.example_number(region), phonenumbers.PhoneNumberFormat.E164
    )
)


@given(number=numbers)
def test_a_number_is_one_person_on_sms_and_whatsapp(number):
    on_whatsapp = WHATSAPP.normalize(number)
    assert on_whatsapp == f"whatsapp:{number}"
    assert SMS.person(number) == WHATSAPP.person(on_whatsapp)
    assert (SMS.addresses(number)[0], WHATSAPP.addresses(on_whatsapp)[0]) == (number, on_whatsapp)
    assert set(SMS.addresses(number)) == set(WHATSAPP.addresses(on_whatsapp)) >= {number, on_whatsapp}
    assert SMS.key_part(number) == WHATSAPP.key_part(on_whatsapp) == number
    assert SMS.time_zones(number) == WHATSAPP.time_zones(on_whatsapp)
    SMS.check_address("to", number)
    WHATSAPP.check_address("to", on_whatsapp)


def test_what_is_not_a_number_is_itself_alone():
    assert WHATSAPP.addresses("whatsapp:ada") == ("whatsapp:ada",)
    assert WHATSAPP.time_zones("whatsapp:ada") == ()


@pytest.mark.parametrize(
    ("value", "correction"),
    [
        ("202-555-0117", r"Did you mean \+1•••••0117\? Write \+1 and the other 10 digits\."),
        ("0044 7911 123456", r"Did you mean \+4•••••3456\? Write \+44 and the other 10 digits\."),
        ("+1 (202) 555-0117", r"Did you mean \+1•••••0117\? Write \+1 and the other 10 digits\."),
        ("+5215512345678", r"Did you mean \+5•••••5678\? Write \+52 and the other 10 digits\."),
        ("12", r"in E\.164\. E\.164 is a plus sign, .* as in \+13115552368\.$"),
    ],
)
def test_a_wrong_number_is_refused_with_what_to_write(value, correction):
    with pytest.raises(InvalidInput, match=correction) as refused:
        check_number("to", value)
    assert "5550117" not in str(refused.value)
    assert "1123456" not in str(refused.value)


@pytest.mark.parametrize("number", ["+5215512345678", "+551187654321", "+22507123456", "+22997123456"])
def test_whatsapp_takes_the_form_in_which_twilio_reports_a_number(number):
    WHATSAPP.check_address("to", f"whatsapp:{number}")
    assert WHATSAPP.time_zones(f"whatsapp:{number}") == SMS.time_zones(SMS.person(number)) != ()
