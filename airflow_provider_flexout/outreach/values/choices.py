"""Arguments that are one of a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_choice(argument: str, value: object, choices: Iterable[str]) -> None:
    """Refuse what is none of a few words.

    :param argument: the name of the argument, for the error.
    :param value: what was given.
    :param choices: the words.
    :raises InvalidInput: naming them.
    """
    words = tuple(choices)
    if value not in words:
        raise InvalidInput(argument, f"{value!r} is none of {', '.join(words)}.")
