"""What the readers share: taking apart a result that another program has made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.http.redaction import mask_text


def loaded(given: Any, tool: str) -> Mapping[str, Any]:
    """Give a result as an object: it may be one, JSON in a string, or the path of a file.

    :param given: the result.
    :param tool: for the error.
    :raises InvalidInput: when it is not one of these.
    """
    try:
        if isinstance(given, Path) or (isinstance(given, str) and given.lstrip()[:1] not in ("{", "[")):
            given = Path(given).read_text(encoding="utf-8")
        if isinstance(given, str):
            given = json.loads(given)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            "result", f"neither a {tool} result nor the path of one: {mask_text(str(error))}."
        ) from error
    if not isinstance(given, Mapping):
        raise InvalidInput("result", f"a {tool} result is an object, this is a {type(given).__name__}.")
    return given


def unknown(tool: str, expected: str, given: Mapping[str, Any]) -> InvalidInput:
    """Make the error for a shape that no reader knows.

    :param tool: the tool whose result it should be.
    :param expected: what such a result has.
    :param given: what was given.
    """
    names = ", ".join(sorted(map(str, given))[:12]) or "nothing"
    return InvalidInput("result", f"not a result of {tool}: expected {expected}; it has {mask_text(names)}.")


def whole_number(value: Any) -> int | None:
    """Read a count; ``None`` for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
