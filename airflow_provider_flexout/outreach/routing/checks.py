"""What a routing may hold, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import whole_number
from airflow_provider_flexout.outreach.values.durations import read_duration
from airflow_provider_flexout.outreach.values.sids import is_sid
from airflow_provider_flexout.twilio.http.redaction import masked_repr

LONGEST_TIMEOUT = 1_209_600
"""Seconds for which TaskRouter keeps an unassigned task at most: two weeks."""

_HIGHEST_PRIORITY = 2**31 - 1
_PROPERTIES = (
    "attributes",
    "priority",
    "queue_sid",
    "task_channel_sid",
    "task_channel_unique_name",
    "timeout",
    "worker_sid",
    "workflow_sid",
    "workspace_sid",
)
NAMED = {"queue": "WQ", "task_channel": "TC", "worker": "WK", "workflow": "WW"}
"""What may be given by its name, with the first two letters of its SID."""
_TEXTS = ("customerName", "customerAddress", "from", "subject")


def with_seconds(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give a routing with its ``timeout`` in seconds.

    :param properties: the ``properties`` of a ``Routing`` object.
    :raises InvalidInput: when it is not a length of time.
    """
    timeout = properties.get("timeout")
    if isinstance(timeout, timedelta) or (isinstance(timeout, str) and whole_number(timeout) is None):
        seconds = read_duration("routing.timeout", timeout).total_seconds()
        return {**properties, "timeout": int(seconds)}
    return dict(properties)


def check_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Check a routing's keys and values; give them with numbers as numbers.

    A template renders a number as text, so a text of digits counts as a number.

    :param properties: the ``properties`` of a ``Routing`` object.
    :raises InvalidInput: for the first that is wrong.
    """
    checked = dict(properties)
    for name in properties:
        if name not in _PROPERTIES:
            raise InvalidInput(f"routing.{name}", _unknown(str(name)))
    if properties.get("task_channel_sid") and properties.get("task_channel_unique_name"):
        raise InvalidInput(
            "routing.task_channel_sid", "given together with task_channel_unique_name; keep one."
        )
    if properties.get("priority") is not None:
        checked["priority"] = _whole("priority", properties["priority"], 0, _HIGHEST_PRIORITY)
    if properties.get("timeout") is not None:
        checked["timeout"] = _whole("timeout", properties["timeout"], 1, LONGEST_TIMEOUT)
    for name, value in _known_attributes(properties.get("attributes")):
        if name == "customers" and not isinstance(value, Mapping):
            raise InvalidInput("attributes.customers", "must be an object with name, phone and email.")
        if name in _TEXTS and not isinstance(value, str):
            raise InvalidInput(f"attributes.{name}", f"must be text, got {type(value).__name__}.")
    return checked


def _known_attributes(attributes: Any) -> list[tuple[str, Any]]:
    if not isinstance(attributes, Mapping):
        return []
    return [(name, attributes[name]) for name in (*_TEXTS, "customers") if attributes.get(name) is not None]


def _unknown(name: str) -> str:
    known = (*_PROPERTIES, *NAMED)
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"a routing holds {', '.join(sorted(known))}."
    return f"unknown; {hint}"


def _whole(name: str, value: Any, least: int, most: int) -> int:
    number = whole_number(value)
    if number is None or not least <= number <= most:
        raise InvalidInput(
            f"routing.{name}", f"must be a whole number from {least} to {most}, got {masked_repr(value)}."
        )
    return number


def names_apart(properties: dict[str, Any]) -> dict[str, str]:
    """Take the names out of a routing's properties; a SID in a name's place becomes that SID.

    :param properties: the ``properties`` of a ``Routing`` object; changed in place.
    :returns: the names to look up, by the routing's key.
    :raises InvalidInput: when a name is not a text, or is given together with the SID.
    """
    named = {}
    for key, prefix in NAMED.items():
        name = properties.pop(key, None)
        if name in (None, ""):
            continue
        if not isinstance(name, str):
            raise InvalidInput(f"routing.{key}", f"must be a name, got {type(name).__name__}.")
        sid_key = f"{key}_sid"
        for other in (sid_key, f"{key}_unique_name"):
            if properties.get(other):
                raise InvalidInput(f"routing.{key}", f"given together with {other}; keep one of them.")
        if is_sid(name, prefix):
            properties[sid_key] = name
        else:
            named[key] = name
    return named
