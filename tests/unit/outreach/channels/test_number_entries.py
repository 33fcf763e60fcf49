"""Numbers of every country as people's own lists write them, each read to the right person."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from airflow_provider_flexout.outreach.channels.registry import person_of
from airflow_provider_flexout.outreach.policies.address_list import is_listed

TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE)
NUMBERS = sorted(
    {
        phonenumbers.format_number(example, PhoneNumberFormat.E164)
        for region in phonenumbers.SUPPORTED_REGIONS
        for kind in TYPES
        if (example := phonenumbers.example_number_for_type(region, kind))
        and phonenumbers.is_possible_number_with_reason(example) == phonenumbers.ValidationResult.IS_POSSIBLE
    }
)
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
WITH_COUNTRY_CODE = {
    "E.164": lambda number: number,
    "international": lambda number: formatted(number, PhoneNumberFormat.INTERNATIONAL),
    "a link": lambda number: formatted(number, PhoneNumberFormat.RFC3966),
    "00": lambda number: f"00{number[1:]}",
    "+00": lambda number: f"+00{number[1:]}",
    "whatsapp:": lambda number: f"whatsapp:{number}",
    "WhatsApp's own": lambda number: f"{number[1:]}@s.whatsapp.net",
    "marks": lambda number: "\u202a" + "\u200b".join(number) + "\u202c",
    "Arabic digits": lambda number: number.translate(ARABIC),
    "blanks": lambda number: "\u00a0".join(number),
    "brackets": lambda number: f"({number[:3]}) {number[3:]}",
}
WITHOUT = {
    "digits": lambda number: number[1:],
    "a whole number": lambda number: int(number[1:]),
    "a float": lambda number: float(number[1:]),
    "the text of a float": lambda number: f"{number[1:]}.0",
    "011": lambda number: f"011 {number[1:]}",
    "dialled at home": lambda number: formatted(number, PhoneNumberFormat.NATIONAL),
    "national digits": lambda number: re.sub(r"\D", "", formatted(number, PhoneNumberFormat.NATIONAL)),
}

WITH_A_ZERO = {
    "+ and (0)": lambda number: f"+{parts(number)[0]} (0) {parts(number)[1]}",
    "00 and (0)": lambda number: f"00{parts(number)[0]}(0){parts(number)[1]}",
}


def parts(number: str) -> tuple[str, str]:
    code = str(phonenumbers.parse(number).country_code)
    return code, number.removeprefix(f"+{code}")


def formatted(number: str, form: int) -> str:
    return phonenumbers.format_number(phonenumbers.parse(number), form)


def test_there_are_numbers_of_all_countries():
    assert len({phonenumbers.parse(number).country_code for number in NUMBERS}) > 200


@pytest.mark.parametrize("writing", [*WITH_COUNTRY_CODE, *WITHOUT, *WITH_A_ZERO])
def test_a_number_of_any_country_is_read(writing):
    write = (WITH_COUNTRY_CODE | WITHOUT | WITH_A_ZERO)[writing]
    missed = [number for number in NUMBERS if not is_listed([write(number)])(f"whatsapp:{number}")]
    assert missed == []


@pytest.mark.parametrize("writing", WITH_COUNTRY_CODE)
def test_with_its_country_code_it_is_one_person(writing):
    listed = is_listed([WITH_COUNTRY_CODE[writing](number) for number in NUMBERS[::2]])
    people = {person_of(number) for number in NUMBERS[::2]}
    assert [one for one in NUMBERS[1::2] if listed(one) and person_of(one) not in people] == []


@given(number=st.sampled_from(NUMBERS), other=st.sampled_from(NUMBERS), data=st.data())
def test_one_number_is_not_another(number, other, data):
    write = data.draw(st.sampled_from(list(WITH_COUNTRY_CODE.values())))
    assert is_listed([write(number)])(other) == (person_of(number) == person_of(other))
