"""A list of people that somebody else keeps: from a spreadsheet, a database or a data frame."""

from __future__ import annotations

import unicodedata
from datetime import date, time
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.registry import channel_of, read_entry
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_QUOTES = "'\"`"
_TOO_LARGE = 1e15
"""From here on, a float may have lost digits; no phone number is as long."""
_EXACT = ("float", "float64")


def is_listed(entries: Iterable[object], argument: str = "suppression") -> Callable[[str], bool]:
    """Make the function that says whether an address is on a list, however the list writes it.

    The whole list is read here, so that nobody is contacted because an entry could not be read.

    :param entries: phone numbers in any writing, with or without their country code; mail addresses, other
        addresses and identities. What is empty, ``None`` or NaN is nobody.
    :param argument: the name of the argument, for the error.
    :raises InvalidInput: for entries that cannot be read, with the first one's place, from 1.
    """
    listed: set[str] = set()
    problems: list[str] = []
    for place, entry in enumerate(entries, 1):
        shown = ""
        try:
            text = _text_of(entry)
            shown = f" ({text[:2]}•••)"
            listed.update(one.lower() for one in (read_entry(text) if text else ()))
        except ValueError as problem:
            problems.append(f"entry {place}{shown} {problem}")
    if problems:
        more = f" {len(problems) - 1} more cannot be read either." if len(problems) > 1 else ""
        raise InvalidInput(argument, f"{problems[0]}. Nobody is contacted before it can be read.{more}")
    return lambda address: any(one.lower() in listed for one in channel_of(address).spellings(address))


def _text_of(entry: object) -> str:
    """Write an entry as text; the empty text for nobody.

    :raises ValueError: for what can be no address.
    """
    value: Any = None if entry is None else plain(entry)
    if value is None:
        return ""
    kind = type(entry).__name__
    if isinstance(value, str) and not isinstance(entry, (date, time)) and kind != "datetime64":
        text = value
        if not text.isascii():
            marked = unicodedata.normalize("NFKC", text)
            text = "".join(one for one in marked if unicodedata.category(one) != "Cf")
        return text.strip().strip(_QUOTES).strip()
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if isinstance(value, float) and kind in _EXACT and _is_whole(value):
        return f"{value:.0f}"
    raise ValueError(f"is {'an' if kind[0] in 'aeiou' else 'a'} {kind}, not an address")


def _is_whole(value: float) -> bool:
    return value.is_integer() and 0 <= value < _TOO_LARGE
