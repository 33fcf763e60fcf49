"""Arguments that are missing, or not one of what is allowed; and numbers in sentences."""

from __future__ import annotations

from decimal import Decimal

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import (
    check_choice,
    check_given,
    count_of,
    read_whole,
    whole_number,
)


@pytest.mark.parametrize("value", [None, "", "None"])
def test_what_another_task_did_not_provide(value):
    with pytest.raises(InvalidInput, match="task_sid: missing; did the task that it comes from run"):
        check_given("task_sid", value)


def test_what_it_did_provide():
    check_given("task_sid", "WT1")
    check_choice("strategy", "one_call", ("one_call", "conversation_first"))


@pytest.mark.parametrize("value", ["two_calls", None, ["one_call"]])
def test_a_choice_that_is_not_allowed(value):
    with pytest.raises(InvalidInput, match=r"strategy: .* is not one of one_call, conversation_first"):
        check_choice("strategy", value, iter(("one_call", "conversation_first")))


@pytest.mark.parametrize(
    ("value", "number"),
    [(7, 7), ("7", 7), (" 7 ", 7), ("-7", -7), ("007", 7), (Decimal(7), 7), ("9" * 18, int("9" * 18))],
)
def test_a_whole_number(value, number):
    assert whole_number(value) == number


NOT_WHOLE = [
    "\u00b2", "\u2460", "\uff17", "\u0667", "--7", "+7", "7.0", 7.5, "1e3", "1_000", "", "-", None, True,
    "9" * 19, "9" * 5000, 10**400, float("inf"), [7],
]  # fmt: skip


@pytest.mark.parametrize("value", NOT_WHOLE, ids=range(len(NOT_WHOLE)))
def test_what_is_not_a_whole_number(value):
    assert whole_number(value) is None
    with pytest.raises(InvalidInput, match=r"days: .* is not a whole number above zero"):
        read_whole("days", value)


@pytest.mark.parametrize("value", [0, -1, "0"])
def test_a_number_that_is_not_above_zero(value):
    with pytest.raises(InvalidInput, match="is not a whole number above zero"):
        read_whole("days", value)


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 contacts"), (1, "1 contact"), (2, "2 contacts"), (12_345, "12,345 contacts")]
)
def test_one_is_not_many(number, text):
    assert count_of(number, "contact") == text
