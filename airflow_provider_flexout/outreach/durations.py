"""Lengths of time as users write them."""

from __future__ import annotations

import re
from datetime import timedelta

import pendulum

from airflow_provider_flexout.outreach.errors import InvalidInput

_SHORT = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_duration(argument: str, given: timedelta | str | float) -> timedelta:
    """Read a length of time.

    :param argument: the name of the argument, for the error.
    :param given: a timedelta, seconds, ISO 8601 (``PT4H``, ``P3D``) or short (``90s``, ``30m``, ``4h``,
        ``3d``, ``2w``). Months and years have no length of their own, so they are refused.
    :raises InvalidInput: when it cannot be read, or is not longer than nothing.
    """
    found = _read(given)
    if found is None or found <= timedelta():
        raise InvalidInput(argument, f"{given!r} is no length of time; write PT4H, P3D, 90s, 30m, 4h or 3d.")
    return found


def _read(given: timedelta | str | float) -> timedelta | None:
    if isinstance(given, timedelta):
        return given
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return timedelta(seconds=given)
    if not isinstance(given, str):
        return None
    short = _SHORT.fullmatch(given.strip())
    if short:
        return timedelta(**{_UNITS[short.group(2)]: float(short.group(1))})
    try:
        found = pendulum.parse(given.strip(), exact=True)
    except ValueError:
        return None
    if not isinstance(found, pendulum.Duration) or found.years or found.months:
        return None
    return timedelta(seconds=found.total_seconds())
