"""How many of something there are, in a sentence."""

from __future__ import annotations


def count_of(number: int, noun: str) -> str:
    """Write a number and what it counts, as in ``1 contact`` and ``2,000 contacts``.

    :param number: how many there are.
    :param noun: what they are, in the singular; its plural ends in s.
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
