"""Email: one customer, further recipients, and a sender with a name."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.channels.email import _apart, _split
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.spec import OutreachSpec

EMAIL = CHANNELS["email"]


def recipients(defaults, **given):
    return [
        (one["level"], one["name"], one["address"])
        for one in EMAIL.participants(OutreachSpec(**{"to": "ada@example.com"} | given), defaults)
    ]


def test_names_stand_beside_addresses(defaults):
    assert recipients(
        defaults, to='"Lovelace, Ada" <ada@example.com>', cc="Ben <ben@example.com>, cai@example.com"
    ) == [
        ("to", "Lovelace, Ada", "ada@example.com"),
        ("cc", "Ben", "ben@example.com"),
        ("cc", "cai@example.com", "cai@example.com"),
    ]
    assert recipients(defaults, customer_name="Ada") == [("to", "Ada", "ada@example.com")]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"to": "ada@example.com, ben@example.com"}, "to: 2 addresses; give one"),
        ({"cc": ["ADA@example.com"]}, "cc: A•••@example.com is named more than once"),
        ({"bcc": [" "]}, "bcc: must be an address"),
    ],
)
def test_recipients_that_are_refused(defaults, given, problem):
    with pytest.raises(InvalidInput, match=problem):
        recipients(defaults, **given)


def test_the_sender_comes_from_the_connection(defaults):
    made = EMAIL.properties(OutreachSpec(to="ada@example.com", from_name="Us"), defaults)
    assert made == {"type": "email", "from": defaults.senders["email_from"], "from_name": "Us"}


def test_the_agent_sees_the_address_without_the_name():
    assert EMAIL.customer_address("Ada <ada@example.com>") == "ada@example.com"


@pytest.mark.parametrize(
    "value", ["ada", "ada@example", "Ada <ada@example.com>", "a@b..com", "a" * 250 + "@b.com"]
)
def test_what_is_not_a_mail_address(value):
    with pytest.raises(InvalidInput, match="is not a mail address"):
        EMAIL.check_address("to", value)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ('"Lovelace, Ada" <ada@example.com>', "Lovelace, Ada", "ada@example.com"),
        ("  Ada  < ada@example.com > ", "Ada", "ada@example.com"),
        ('Ada" <ada@example.com>', "Ada", "ada@example.com"),
        ("<ada@example.com>", "", "ada@example.com"),
        ("ada@example.com", "", "ada@example.com"),
        ('A"d"a <ada@example.com>', "", 'A"d"a <ada@example.com>'),
        ("Ada <ada@example.com> x", "", "Ada <ada@example.com> x"),
        ("Ada <<ada@example.com>", "", "Ada <<ada@example.com>"),
        ("Ada <ada@example.com>>", "", "Ada <ada@example.com>>"),
    ],
)
def test_a_name_is_told_from_an_address(text, name, address):
    assert _apart(text) == (name, address)


def test_only_commas_outside_of_quotes_separate():
    assert _split('"a, b" <c>, d,') == ['"a, b" <c>', " d", ""]
    assert _split('a, "b, c') == ['a, "b', " c"]


@pytest.mark.parametrize("unit", [" ", ",", '"', "<", ">", ',"', " <", "a ", "a@"])
def test_any_text_is_read_in_a_time_in_proportion_to_its_length(unit):
    """3,000 blanks once took 11 s, and twice as many eight times as long."""
    text = "a" + unit * 300_000
    assert len(_split(text)) >= 1
    assert EMAIL.person(text) == text.lower().strip()


def test_twilio_is_asked_for_an_address_as_it_is_and_in_small_letters():
    assert CHANNELS["email"].addresses("Ada@Example.com") == ("Ada@Example.com", "ada@example.com")
    assert CHANNELS["email"].addresses("ada@example.com") == ("ada@example.com",)
