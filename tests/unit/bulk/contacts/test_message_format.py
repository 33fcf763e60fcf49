"""A text with fields, filled from each row."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.bulk.contacts.message_format import (
    MessageFormat,
    columns_in,
    filled,
    read_message_format,
)
from airflow_provider_flexout.outreach.errors import InvalidInput


def test_fields_are_filled_and_doubled_braces_are_braces():
    text = MessageFormat("message", "Order {order}: {{sic}}, {days} days")
    assert text.columns == ["order", "days"]
    assert text.filled({"order": "A-1", "days": 3}) == "Order A-1: {sic}, 3 days"


def test_what_a_row_holds_is_no_format():
    assert MessageFormat("message", "Hello {name}").filled({"name": "{order}"}) == "Hello {order}"


@pytest.mark.parametrize("text", ["{", "}", "{}", "{0!r}", "{order:>5}"])
def test_anything_but_a_column_in_braces_is_refused(text):
    with pytest.raises(InvalidInput, match=r"^message: "):
        MessageFormat("message", text)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({}, "column 'order' is missing"),
        ({"order": ""}, "column 'order' is empty"),
        ({"order": float("nan")}, "column 'order' is empty"),
    ],
)
def test_a_sentence_with_a_hole_is_not_sent(row, problem):
    with pytest.raises(InvalidInput, match=problem):
        MessageFormat("message", "Order {order}").filled(row)


def test_the_texts_of_an_object_are_filled_and_other_values_stay():
    compiled = read_message_format("content_variables", {"1": "{order}", "2": 5, "3": {"a": "{day}"}})
    assert columns_in(compiled) == ["order", "day"]
    assert filled(compiled, {"order": "A-1", "day": "Monday"}) == {"1": "A-1", "2": 5, "3": {"a": "Monday"}}
    with pytest.raises(InvalidInput, match=r"^content_variables\.1: column 'order' is missing"):
        filled(compiled, {"day": "Monday"})
