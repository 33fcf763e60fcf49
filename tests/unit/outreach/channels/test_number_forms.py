"""The forms of one number, compared with a slow table: each country's rule, written out by hand."""

from __future__ import annotations

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_flexout.outreach.channels.number_forms import forms_of
from airflow_provider_flexout.outreach.channels.registry import CHANNELS, channel_of, person_of, spellings_of
from airflow_provider_flexout.outreach.policies.address_list import is_listed

SMS, WHATSAPP = CHANNELS["sms"], CHANNELS["whatsapp"]
IVORIAN = {"0": "01", "1": "01", "2": "01", "3": "01", "4": "05", "5": "05", "6": "05"}


def digits(first: str, count: int):
    """Numbers of so many digits, the first of which is one of some."""
    return st.tuples(st.sampled_from(first), st.integers(0, 10 ** (count - 1) - 1)).map(
        lambda parts: f"{parts[0]}{parts[1]:0{count - 1}}"
    )


mexican = digits("23456789", 10).map(lambda number: (f"+52{number}", f"+521{number}"))
argentine = digits("123", 10).map(lambda number: (f"+549{number}", f"+54{number}"))
brazilian = st.tuples(st.integers(11, 99).filter(lambda area: area % 10), digits("6789", 8)).map(
    lambda parts: (f"+55{parts[0]}9{parts[1]}", f"+55{parts[0]}{parts[1]}")
)
brazilian_landlines = st.tuples(st.integers(11, 99).filter(lambda area: area % 10), digits("2345", 8)).map(
    lambda parts: (f"+55{parts[0]}{parts[1]}",)
)
ivorian = digits("0456789", 8).map(lambda old: (f"+225{IVORIAN.get(old[1], '07')}{old}", f"+225{old}"))
beninese = digits("23456789", 8).map(lambda number: (f"+22901{number}", f"+229{number}"))
others = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS - {"MX", "AR", "BR", "CI", "BJ"})).map(
    lambda region: (
        phonenumbers.format_number(phonenumbers.example_number(region), phonenumbers.PhoneNumberFormat.E164),
    )
)
people = st.one_of(mexican, argentine, brazilian, brazilian_landlines, ivorian, beninese, others)


@given(person=people)
def test_all_forms_of_a_number_are_one_person_on_every_channel(person):
    assert {form for number in person for form in forms_of(number)} == set(person)
    addresses = [prefix + number for number in person for prefix in ("", "whatsapp:")]
    assert {person_of(address) for address in addresses} == {person[0]}
    for address in addresses:
        of_its_channel = {one for one in addresses if one.startswith("whatsapp") == (":" in address)}
        assert set(channel_of(address).addresses(address)) == set(addresses)
        assert set(spellings_of(address)) == of_its_channel
        assert spellings_of(address)[0] == address


@given(people=st.lists(people, min_size=2, max_size=4, unique_by=lambda person: person[0]))
def test_two_people_stay_two(people):
    assert len({person_of(number) for person in people for number in person}) == len(people)


@given(person=people, data=st.data())
def test_a_list_may_hold_any_form_in_any_writing(person, data):
    listed, contacted = data.draw(st.sampled_from(person)), data.draw(st.sampled_from(person))
    read = phonenumbers.parse(listed)
    formats = [phonenumbers.PhoneNumberFormat.INTERNATIONAL]
    if not listed.startswith("+521"):  # whose 1 nobody dials at home: without +52 it may be a number of +1
        formats.append(phonenumbers.PhoneNumberFormat.NATIONAL)
    wide = str.maketrans("+0123456789", "＋０１２３４５６７８９")  # noqa: RUF001 - full-width
    entry = data.draw(
        st.sampled_from(
            [
                listed,
                listed[1:],
                f"00{listed[1:]}",
                f"whatsapp:{listed}",
                listed.translate(wide),
                *(phonenumbers.format_number(read, one) for one in formats),
            ]
        )
    )
    assert is_listed([entry])(contacted)
    assert is_listed([entry])(f"whatsapp:{contacted}")
    assert not is_listed([entry])("+12025550118")


def test_an_older_form_without_its_country_code_counts_where_it_could_also_be_of_another_country():
    assert is_listed(["3260000000"])("+5532960000000")  # which +32 60 000 000, of Belgium, would be as well
    assert not is_listed(["+15512345678"])("+525512345678")
    assert not is_listed(["15512345678"])("+525512345678")


def test_a_zero_that_is_dialled_at_home_only_is_no_other_person():
    assert SMS.person("+4407911123456") == WHATSAPP.person("whatsapp:+447911123456")
    assert SMS.person("+54111523456789") == SMS.person("+5491123456789")  # the 15 of Argentine mobiles


def test_keys_do_not_follow():
    """What campaigns and alerts put into their keys was so before the forms were known, and stays so."""
    assert SMS.key_part("+5215512345678") == "+5215512345678"
