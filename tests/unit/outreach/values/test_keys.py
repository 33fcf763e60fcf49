"""The user's own key, checked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.keys import user_key


@pytest.mark.parametrize("text", ["", " ", "k" * 257])
def test_a_key_that_is_empty_or_too_long_is_refused(text: str):
    expected = (
        "257 characters; at most 256 are allowed" if text.strip() else "empty; leave it out for one contact"
    )
    with pytest.raises(InvalidInput, match=f"^idempotency_key: {expected}"):
        user_key("interaction", text)


def test_a_key_of_256_characters_is_taken():
    assert len(user_key("interaction", "k" * 256)) == 34


def test_it_is_made_of_the_kind_and_the_text():
    assert user_key("message", "order 7") == durable.user_text_key("message", "order 7")
    assert user_key("message", "order 7") != user_key("interaction", "order 7")


def test_a_key_that_a_template_made_a_number_is_taken():
    assert user_key("interaction", 20261122) == user_key("interaction", "20261122")


@pytest.mark.parametrize("value", [np.int64(17), Decimal("17"), UUID(int=17), date(2026, 11, 22), b"17"])
def test_a_key_from_a_column_of_ids_is_its_text(value):
    text = value.decode() if isinstance(value, bytes) else str(value)
    assert user_key("interaction", value) == user_key("interaction", text)


@pytest.mark.parametrize(
    ("value", "named"),
    [(None, "None"), (1.5, "a float"), (True, "a bool"), (["k"], "a list"), ({"k": 1}, "a dict")],
)
def test_what_is_no_text_is_refused(value, named):
    with pytest.raises(InvalidInput, match=f"^idempotency_key: got {named}"):
        user_key("interaction", value)
