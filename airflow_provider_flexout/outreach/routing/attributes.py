"""How large a task's attributes may be, with what Flex and this provider add to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.attributes import LONGEST_ATTRIBUTES, as_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOM_FOR_KEY = len(f',"{durable.KEY_ATTRIBUTE}":""') + durable.KEY_LENGTH
_ROOM_FOR_FLEX = 600
"""Characters of what Flex adds to a new task: seven SIDs, the channel, the direction, and their names."""


def check_new_attributes(attributes: Mapping[str, Any]) -> None:
    """Refuse attributes that a new task cannot hold together with our key and what Flex adds.

    :param attributes: all attributes that the task is created with, except our key.
    :raises InvalidInput: when they are not JSON, or too long.
    """
    name, address = attributes.get("customerName"), attributes.get("customerAddress")
    added = _ROOM_FOR_FLEX + (0 if durable.KEY_ATTRIBUTE in attributes else _ROOM_FOR_KEY)
    if name and address and "customers" not in attributes:
        added += len(as_json({"name": name, "phone": address, "email": None}))
    _check(attributes, added)


def check_attributes(attributes: Mapping[str, Any]) -> None:
    """Refuse attributes that no task can hold.

    :param attributes: all attributes of a task.
    :raises InvalidInput: when they are not JSON, or too long.
    """
    _check(attributes, 0)


def _check(attributes: Mapping[str, Any], added: int) -> None:
    length = len(as_json(attributes))
    if length + added > LONGEST_ATTRIBUTES:
        with_it = f", to which Flex and this provider add {added}" if added else ""
        raise InvalidInput(
            "attributes", f"{length} characters as JSON{with_it}; a task holds at most {LONGEST_ATTRIBUTES}."
        )
