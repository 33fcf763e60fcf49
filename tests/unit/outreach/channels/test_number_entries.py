"""Numbers of every country as people's own lists write them, each read to the right person."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from airflow_provider_flexout.outreach.channels.number_entries import read_number
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
    "without what is dialled before it at home": lambda number: str(
        phonenumbers.parse(number).national_number
    ),
    "a spreadsheet's, with every digit": lambda number: f"{number[1]}.{number[2:]}E+{len(number) - 2}",
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


@pytest.mark.parametrize(
    ("entry", "read"),
    [
        ("1.202555E+10", None),  # three digits short
        ("1.2025550117E+9", None),  # a fraction is left
        ("1.20255501170E+10", "12025550117"),
        ("1.2025550100E+10", "12025550100"),
        ("1,2025550100e10", "12025550100"),
        ("2E+10", None),
    ],
)
def test_a_number_that_a_spreadsheet_has_shortened_is_read_only_with_every_digit(entry, read):
    if read:
        assert read_number(entry)[0] == read
    else:
        with pytest.raises(ValueError, match=r"^has lost digits of its number; export the column as text$"):
            read_number(entry)


def test_two_zeros_that_no_country_code_follows_are_digits():
    assert read_number("0012345678") == ("12345678", "12345678", "0012345678")
    assert read_number("00442079460018") == ("+442079460018",)


@pytest.mark.parametrize("entry", ["+12025550117 +12025550118", "2025550117 +1", "1 (+12025550117"])
def test_two_numbers_are_no_entry(entry):
    with pytest.raises(ValueError, match=r"^holds more than one number$"):
        read_number(entry)
