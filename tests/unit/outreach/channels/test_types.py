"""A value of a wrong type: its type is named first, what was probably meant next, and nobody's number."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import numpy as np
import pytest

from airflow_provider_flexout.bulk.contacts.contact import contact_of
from airflow_provider_flexout.bulk.sources.row import Row
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.message.draft import MessageDraft, read_variables
from tests.outreach_request import request_of
from tests.unit.alerts.planned import excluded, plan

PHONES, OTHERS = ("sms", "whatsapp"), ("email", "chat", "web", "messenger")


def refusal(defaults, channel, **arguments):
    with pytest.raises(InvalidInput) as refused:
        request_of(
            key="fx" + "0" * 32, channel=channel, defaults=defaults, **{"to": "+12025550143"} | arguments
        )
    assert "2025550143" not in str(refused.value)
    return str(refused.value)


def test_every_channel_is_asked():
    assert sorted(CHANNELS) == sorted(PHONES + OTHERS)


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize(
    ("value", "got"),
    [
        (12025550143.0, "got a float (12•••); did you mean '+1•••••0143'?"),
        (2025550143.0, "got a float (20•••); did you mean '+1•••••0143'?"),
        (12025550143, "got an int (12•••); did you mean '+1•••••0143'?"),
        (float("nan"), "got a float (na•••); a text is needed."),
        (float("inf"), "got a float (in•••); a text is needed."),
        (1e300, "got a float (1e•••); a text is needed."),
        (10**400, "got an int (10•••); a text is needed."),
        (True, "got a bool; a text is needed."),
        (["+12025550143"], "got a list; a task takes one customer: use .expand."),
        (("+12025550143",), "got a tuple; a task takes one customer: use .expand."),
        ({"to": "+12025550143"}, "got a dict; a text is needed."),
        (b"\xff2025550143", "got a bytes; a text is needed."),
        (np.float64(12025550143.0), "got a float64 (12•••); did you mean '+1•••••0143'?"),
        (np.int64(12025550143), "got an int64 (12•••); did you mean '+1•••••0143'?"),
        (Decimal(12025550143), "got a Decimal (12•••); did you mean '+1•••••0143'?"),
        (Decimal("NaN"), "got a Decimal (Na•••); a text is needed."),
        (np.bool_(True), f"got a {np.bool_.__name__}; a text is needed."),
        (datetime(2026, 11, 28), "got a datetime; a text is needed."),  # noqa: DTZ001
        ({"+12025550143"}, "got a set; a task takes one customer: use .expand."),
        (frozenset({"+12025550143"}), "got a frozenset; a text is needed."),
    ],
)
@pytest.mark.parametrize("channel", PHONES)
def test_the_type_is_named_first(defaults, channel, value, got, validate):
    assert refusal(defaults, channel, to=value, validate=validate) == f"to: {got}"


@pytest.mark.parametrize("channel", OTHERS)
@pytest.mark.parametrize("value", [12025550143.0, 12025550143, True, {"to": 1}, b"\xff2025550143"])
def test_on_other_channels_nothing_is_guessed(defaults, channel, value):
    got = refusal(defaults, channel, to=value)
    assert got.startswith(f"to: got a{'n' * (type(value) is int)} {type(value).__name__}")
    assert got.endswith("; a text is needed.")


@pytest.mark.parametrize("argument", ["cc", "bcc", "from_", "from_name", "customer_name", "initiated_by"])
def test_other_arguments(defaults, argument):
    problem = refusal(defaults, "email", to="ada@example.com", **{argument: {"a": "+12025550143"}})
    assert problem.startswith(f"{argument}: got a dict")
    if argument in ("cc", "bcc"):
        problem = refusal(defaults, "email", to="ada@example.com", **{argument: 12025550143.0})
        assert problem == f"{argument}: got a float (12•••); a text is needed."
        for one in (12025550143.0, np.int64(12025550143), Decimal(12025550143), b"ada@example.com", {1}):
            problem = refusal(defaults, "email", to="ada@example.com", **{argument: ["bob@example.com", one]})
            assert problem.startswith(f"{argument}: got a")
            assert type(one).__name__ in problem


@pytest.mark.parametrize("value", [12025550143.0, np.float64(12025550143.0), Decimal(12025550143)])
def test_an_author_that_is_a_number(value):
    draft = MessageDraft("key", "CH" + "0" * 32, body="Late", author=value)
    with pytest.raises(InvalidInput, match=r"author: got a \w+ .12•••.; did you mean '\+1•••••0143'"):
        draft.check()


@pytest.mark.parametrize("value", [b"\xff2025550143", ["+12025550143"], True, datetime(2026, 11, 28)])  # noqa: DTZ001
def test_an_author_that_is_no_text(value):
    draft = MessageDraft("key", "CH" + "0" * 32, body="Late", author=value)
    with pytest.raises(InvalidInput, match=r"author: got a .*; a text is needed"):
        draft.check()


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (12025550143.0, "to: got a float (12•••); did you mean '+1•••••0143'?"),
        (np.float64(12025550143.0), "to: got a float (12•••); did you mean '+1•••••0143'?"),
        (["+12025550143"], "to: got a list; a text is needed."),
        ({"+12025550143"}, "to: got a set; a text is needed."),
        (True, "to: got a bool; a text is needed."),
    ],
)
def test_a_column_of_a_campaign(value, problem):
    with pytest.raises(InvalidInput) as refused:
        contact_of(Row(1, {"to": value}), {})
    assert str(refused.value) == problem


def test_columns_of_other_types_in_a_plan():
    values = [
        ["+12025550143"],
        {"+12025550144"},
        True,
        np.float64(12025550145.0),
        12025550146,
        "0044 7911 123456",
    ]
    made = plan([{"phone": one} for one in [*values, "+12025550101"]])
    assert excluded(made) == {
        1: "column 'phone': got a list; a text is needed.",
        2: "column 'phone': got a set; a text is needed.",
        3: "column 'phone': got a bool; a text is needed.",
        4: "got a float (12•••); did you mean '+1•••••0145'?",
        5: "not an address that sms takes; did you mean '+1•••••0146'?",
        6: "not an address that sms takes; did you mean '+4•••••3456'?",
    }


def test_a_channel_of_a_wrong_type_shows_nothing_of_it(defaults):
    assert refusal(defaults, ["+12025550143"]).startswith("channel: got a list; a text is needed.")


def test_a_participant_of_a_whole_channel_object(defaults):
    whole = {
        "type": "sms",
        "initiated_by": "api",
        "participants": [{"address": 12025550143.0, "proxy_address": "+15005550006"}],
    }
    assert refusal(defaults, whole, to=None) == "channel: got a float (12•••); a text is needed."


def test_a_column_of_numbers_in_a_plan():
    made = plan([{"phone": 12025550143.0}, {"phone": "+12025550101"}])
    assert excluded(made) == {1: "got a float (12•••); did you mean '+1•••••0143'?"}
    assert len(made["contacts"]) == 1


@pytest.mark.parametrize(
    "given", [{1: "Ada", "2": 7}, {np.int64(1): "Ada", "2": 7}, {"1": "Ada", "2": 7}, '{"1": "Ada", "2": 7}']
)
def test_the_names_of_variables_become_texts_and_json_is_read(given):
    assert read_variables(given) == {"1": "Ada", "2": 7}
    draft = MessageDraft("key", "CH" + "0" * 32, content_sid="HX" + "0" * 32, content_variables=given)
    draft.check()
    assert draft.variables == {"1": "Ada", "2": "7"}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("Ada", "is not JSON"),
        ('["Ada"]', "must be an object.* got list"),
        (["Ada"], "must be an object.* got list"),
        (7, "must be an object.* got int"),
        ({1: "Ada", "1": "Ben"}, "'1' is given twice"),
        ({1.0: "Ada"}, "the name 1.0: got a float"),
        ({True: "Ada"}, "the name True: got a bool"),
        ({1: ["Ada"]}, "got a list"),
        ({1: None}, "'1' is empty"),
    ],
)
def test_other_variables_are_refused(given, problem):
    draft = MessageDraft("key", "CH" + "0" * 32, content_sid="HX" + "0" * 32, content_variables=given)
    with pytest.raises(InvalidInput, match=f"content_variables: .*{problem}"):
        draft.check()
