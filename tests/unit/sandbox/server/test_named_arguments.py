"""Arguments that a request names reach a method only as it has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from airflow_provider_flexout.sandbox.server.named_arguments import call_with, first_argument


def method(text: str, loud: bool = False, more: Mapping[str, Any] | str | None = None, after: int = 0):
    return text, loud, more, after


def nothing() -> None: ...


def test_what_it_takes_is_handed_on():
    given = {"text": "a", "loud": True, "more": {"b": 1}, "after": "checked elsewhere"}
    assert call_with("says", method, given) == ("a", True, {"b": 1}, "checked elsewhere")
    assert first_argument("says", method) == "text"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": "a", "volume": 1, "body": 2}, "says has no body, volume; it takes text, loud, more, after"),
        ({"loud": True}, "says needs text; it takes text, loud, more, after"),
        ({"text": None}, "text is a text, not None"),
        ({"text": "a", "loud": 1}, "loud is true or false, not 1"),
        ({"text": "a", "more": [1]}, "more is an object or a text or null, not [1]"),
    ],
)
def test_anything_else_is_refused_by_its_name(given, said):
    with pytest.raises(ValueError, match=said.replace("[", r"\[")):
        call_with("says", method, given)


def test_what_takes_nothing_is_called_by_true():
    assert call_with("away", nothing, {}) is None
    with pytest.raises(ValueError, match="away has no after; it takes only true"):
        call_with("away", nothing, {"after": 1})
    with pytest.raises(ValueError, match="away takes only true"):
        first_argument("away", nothing)
