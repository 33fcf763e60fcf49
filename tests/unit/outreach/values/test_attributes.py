"""Attributes as JSON, and how much of them a task holds."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.attributes import (
    as_json,
    check_attributes,
    check_new_attributes,
)

LONGEST = 4096


def test_attributes_are_written_short_and_as_they_are():
    assert as_json({"a": [1, "ä"]}) == '{"a":[1,"ä"]}'
    with pytest.raises(InvalidInput, match="cannot be written as JSON"):
        as_json({"a": float("nan")})


def filled(length: int) -> dict[str, str]:
    """Attributes of so many characters as JSON."""
    return {"x": "y" * (length - len('{"x":""}'))}


def test_a_task_holds_as_much_as_taskrouter_allows():
    check_attributes(filled(LONGEST))
    with pytest.raises(InvalidInput, match="4097 characters as JSON; a task holds at most 4096"):
        check_attributes(filled(LONGEST + 1))


def test_a_new_task_leaves_room_for_what_is_added_to_it():
    room = next(room for room in range(LONGEST) if fits(filled(LONGEST - room)))
    assert room > 600
    with_customer = filled(LONGEST - room - 100) | {"customerName": "Ada", "customerAddress": "+12025550117"}
    assert not fits(with_customer), "Flex adds the customer once more, as one of customers"
    assert fits(with_customer | {"customers": {}})


def fits(attributes: dict[str, object]) -> bool:
    try:
        check_new_attributes(attributes)
    except InvalidInput:
        return False
    return True
