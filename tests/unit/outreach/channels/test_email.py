"""Email: one customer, further recipients, and a sender with a name."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.channels.email import _apart, _split
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

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


def test_copies_go_out_at_their_level_and_without_the_customers_name(defaults):
    given = {"customer_name": "Ada", "cc": "ben@example.com", "bcc": ["Cai <cai@example.com>"]}
    assert recipients(defaults, **given) == [
        ("to", "Ada", "ada@example.com"),
        ("cc", "ben@example.com", "ben@example.com"),
        ("bcc", "Cai", "cai@example.com"),
    ]
    assert recipients(defaults) == [("to", "ada@example.com", "ada@example.com")]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"to": 5}, r"^to: got an int"),
        ({"cc": 5}, r"^cc: got an int"),
        ({"cc": ["ben@example.com", 5]}, r"^cc: got an int"),
        ({"bcc": {"ben@example.com": 1}}, r"^bcc: got a dict"),
    ],
)
def test_what_is_no_text_is_refused_by_its_argument(defaults, given, problem):
    with pytest.raises(InvalidInput, match=problem):
        recipients(defaults, **given)


@pytest.mark.parametrize(
    ("missing", "problem"),
    [("from_", r"^from_: missing.*'email_from'"), ("from_name", r"^from_name: missing.*'email_from_name'")],
)
def test_a_mail_needs_a_sender_with_a_name(missing, problem):
    given = {"to": "ada@example.com", "from_": "us@example.com", "from_name": "Us"}
    del given[missing]
    with pytest.raises(InvalidInput, match=problem):
        EMAIL.properties(OutreachSpec(**given), ConnectionDefaults("flexout_default"))


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"from": ""}, r"^from_: an email channel needs 'from'"),
        ({"from": 5}, r"^from_: an email channel needs 'from'"),
        ({"from": "us"}, r"^from_: .* is not a mail address"),
        ({"from_name": None}, r"^from_name: an email channel needs 'from_name'"),
        ({"from_name": "Us\r\nBcc: x@example.com"}, r"^from_name: holds a line break"),
    ],
)
def test_a_sender_that_is_refused(properties, problem):
    right = {"from": "us@example.com", "from_name": "Us"}
    EMAIL.check_properties(right)
    with pytest.raises(InvalidInput, match=problem):
        EMAIL.check_properties(right | properties)


@pytest.mark.parametrize(
    ("participant", "problem"),
    [
        ({"level": "from"}, "a recipient's level is one of to, cc, bcc"),
        ({"address": None}, "a participant needs 'address', a text"),
        ({"address": 5}, "got an int"),
        ({"address": "ben"}, "is not a mail address"),
        ({"name": ""}, "a participant needs 'name', a text"),
        ({"name": 5}, "got an int"),
        ({"name": "Ben\nBcc: x@example.com"}, "holds a line break"),
    ],
)
def test_a_recipient_is_refused_by_the_argument_it_came_from(participant, problem):
    right = {"level": "cc", "address": "ben@example.com", "name": "Ben"}
    for argument, named in (("to", "to" if "level" in participant else "cc"), ("channel", "channel")):
        EMAIL.check_participant(right, argument)
        with pytest.raises(InvalidInput, match=f"^{named}: .*{problem}"):
            EMAIL.check_participant(right | participant, argument)


def test_the_longest_address_and_a_domain_that_is_not_ascii():
    longest = "a" * 242 + "@example.com"
    EMAIL.check_address("to", longest)
    with pytest.raises(InvalidInput, match="is not a mail address"):
        EMAIL.check_address("to", "a" + longest)
    with pytest.raises(InvalidInput, match=r"Write its domain as xn--mller-kva\.de\.$"):
        EMAIL.check_address("to", "info@m\u00fcller.de")
    assert EMAIL.normalize('"a@b"@m\u00fcller.de') == '"a@b"@xn--mller-kva.de'
