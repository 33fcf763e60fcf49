"""Twilio's identifiers: two letters that tell the kind, then 32 hexadecimal digits."""

from __future__ import annotations

import re
from random import Random
from typing import Final

__all__ = ["Sids", "is_sid", "seeded"]

_SID: Final = re.compile(r"([A-Z]{2})[0-9a-fA-F]{32}")


def seeded(seed: int | None) -> Random:
    """Return a generator that repeats itself for the same seed: runs must be reproducible, not secret.

    :param seed: None for a different run every time.
    """
    return Random(seed)  # noqa: S311


def is_sid(text: object, prefix: str) -> bool:
    """Tell whether a value is a SID of the kind that the prefix names.

    :param text: the value to look at.
    :param prefix: two letters, such as ``CH``.
    """
    if not isinstance(text, str):
        return False
    match = _SID.fullmatch(text)
    return match is not None and match[1] == prefix


class Sids:
    """Makes SIDs; the same seed makes the same ones.

    :param seed: None for a different run every time.
    """

    __slots__ = ("_bits", "generator")

    def __init__(self, seed: int | None) -> None:
        self.generator = seeded(seed)
        self._bits = self.generator.getrandbits

    def new(self, prefix: str) -> str:
        """Return a SID that was not given before.

        :param prefix: two letters, such as ``CH``.
        """
        return f"{prefix}{self._bits(128):032x}"
