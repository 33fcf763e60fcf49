"""What an error shows of a value that a user gave."""

from __future__ import annotations

from array import array
from decimal import Decimal

import pytest

from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.twilio.http.redaction import masked_repr, type_of


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (3, "3"),
        (Decimal("2.5"), "Decimal('2.5')"),
        ("+13115552368", "'+1•••••2368'"),
        (b"+13115552368", "b'+1•••••2368'"),
        (["+13115552368"], "a list"),
        ({"to": "ada@example.com"}, "a dict"),
        (array("b"), "an array"),
        (
            CreateConversationOperator(task_id="one", channel="sms", to="+13115552368").output,
            "the output of a task",
        ),
    ],
)
def test_a_value_in_an_error_is_masked_or_described_by_its_type(value, shown):
    assert masked_repr(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(None, "None"), ("+13115552368", "a str"), (3, "an int")])
def test_a_type_is_said_in_words(value, shown):
    assert type_of(value) == shown
