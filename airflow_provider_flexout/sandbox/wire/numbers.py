"""Checks of the numbers that the sandbox's own controls take."""

from __future__ import annotations

import math

__all__ = ["positive_number", "whole_number"]


def whole_number(name: str, value: object, least: int, most: int) -> int:
    """Check a whole number; 7.0 is one, as in JSON.

    :param name: what it is called.
    :param value: what was given.
    :param least: the smallest.
    :param most: the largest.
    :raises ValueError: if it is something else.
    """
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
    if least <= number <= most and number == int(number):
        return int(number)
    raise ValueError(f"{name} is a whole number from {least:,} to {most:,}, not {value!r:.40}")


def positive_number(name: str, value: object, most: float) -> float:
    """Check a number above 0.

    :param name: what it is called.
    :param value: what was given.
    :param most: the largest.
    :raises ValueError: if it is something else.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value <= most:
        raise ValueError(f"{name} is a number above 0 and up to {most:,.0f}, not {value!r:.40}")
    return float(value)
