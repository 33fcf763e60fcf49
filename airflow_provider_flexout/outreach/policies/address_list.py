"""A list of people from a spreadsheet, a database or a data frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import channel_of, read_entry
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.plain import entry_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def is_listed(entries: Iterable[object]) -> Callable[[str], bool]:
    """Make the function that says whether an address is on a list, however the list writes it.

    The whole list is read here, so that nobody is contacted because an entry could not be read.

    :param entries: phone numbers in any writing, with or without their country code; mail addresses, other
        addresses and identities. What is empty, ``None`` or NaN is nobody.
    :raises InvalidInput: for entries that cannot be read, with the first one's place, from 1.
    """
    listed: set[str] = set()
    problems: list[str] = []
    for place, entry in enumerate(entries, 1):
        shown = ""
        try:
            text = entry_text(entry)
            shown = f" ({text[:2]}•••)"
            listed.update(one.lower() for one in (read_entry(text) if text else ()))
        except ValueError as problem:
            problems.append(f"entry {place}{shown} {problem}")
    if problems:
        more = f" {len(problems) - 1} more cannot be read either." if len(problems) > 1 else ""
        raise InvalidInput("suppression", f"{problems[0]}. Nobody is contacted until it can be read.{more}")
    return lambda address: any(one.lower() in listed for one in channel_of(address).spellings(address))
