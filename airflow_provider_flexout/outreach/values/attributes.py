"""Attributes as JSON, written and measured in one way for tasks and messages.

A task holds what Flex and this provider add, too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.plain import check_characters

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_ATTRIBUTES = 4096
"""Characters that a task or a message holds."""
_ROOM_FOR_KEY = len(f',"{durable.KEY_ATTRIBUTE}":""') + durable.KEY_LENGTH
_ROOM_FOR_FLEX = 600
"""Characters of what Flex adds to a new task: seven SIDs, the channel, the direction, and their names."""


def as_json(attributes: Any) -> str:
    """Write attributes as short as JSON allows, since Twilio counts every character.

    :param attributes: the attributes of a task or a message.
    :raises InvalidInput: when they cannot be written.
    """
    check_characters("attributes", attributes)
    try:
        return json.dumps(attributes, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InvalidInput("attributes", f"cannot be written as JSON: {error}.") from error


def check_new_attributes(attributes: Mapping[str, Any]) -> None:
    """Refuse attributes that a new task cannot hold together with our key and what Flex adds.

    :param attributes: all attributes that the task is created with, except our key.
    :raises InvalidInput: when they are not JSON, or too long.
    """
    name, address = attributes.get("customerName"), attributes.get("customerAddress")
    added = _ROOM_FOR_FLEX + (0 if durable.KEY_ATTRIBUTE in attributes else _ROOM_FOR_KEY)
    if name and address and "customers" not in attributes:
        added += len(as_json({"name": name, "phone": address, "email": None}))
    check_attributes(attributes, added)


def check_attributes(attributes: Mapping[str, Any], added: int = 0) -> None:
    """Refuse attributes that no task can hold.

    :param attributes: all attributes of a task.
    :param added: how many characters Flex and this provider add to them.
    :raises InvalidInput: when they are not JSON, or too long.
    """
    length = len(as_json(attributes))
    if length + added > LONGEST_ATTRIBUTES:
        with_it = f", to which Flex and this provider add {added}" if added else ""
        raise InvalidInput(
            "attributes", f"{length} characters as JSON{with_it}; a task holds at most {LONGEST_ATTRIBUTES}."
        )
