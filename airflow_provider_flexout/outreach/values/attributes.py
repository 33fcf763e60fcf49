"""Attributes as JSON, written and measured in one way for tasks and messages."""

from __future__ import annotations

import json
from typing import Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.plain import check_characters

LONGEST_ATTRIBUTES = 4096
"""Characters that a task or a message holds."""


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
