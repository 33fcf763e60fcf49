"""Lengths of time, and moments, as users write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TypeAlias

import pendulum

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.http.redaction import masked_repr

Duration: TypeAlias = timedelta | str | float
"""A timedelta, seconds, ISO 8601 (``PT4H``, ``P3D``) or short (``90s``, ``30m``, ``4h``, ``3d``, ``2w``)."""

_LONGEST = timedelta(days=36_525)
"""A hundred years: further from now, dates end."""
_SHORT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_duration(argument: str, given: Duration) -> timedelta:
    """Read a length of time.

    :param argument: the name of the argument, for the error.
    :param given: a :data:`Duration`. Months and years are refused, since their length varies.
    :raises InvalidInput: when it cannot be read, is zero or less, or longer than a hundred years.
    """
    try:
        found = _read(given)
    except (OverflowError, ValueError):  # longer than a timedelta can be, or not a number
        found = None
    if found is None or found <= timedelta():
        which = "" if found is None else " above zero"
        raise InvalidInput(
            argument, f"{_show(given)} is not a length of time{which}; write PT4H, P3D, 90s, 30m, 4h or 3d."
        )
    if found > _LONGEST:
        raise InvalidInput(argument, f"{_show(given)} is longer than a hundred years.")
    return found


def read_moment(argument: str, given: datetime | str) -> datetime:
    """Read a moment.

    :param argument: the name of the argument, for the error.
    :param given: a datetime with a time zone, or ISO 8601 with an offset (``2026-11-23T09:00+01:00``).
    :returns: the moment in UTC.
    :raises InvalidInput: when it cannot be read, or has no time zone.
    """
    found: object = given
    if isinstance(given, str):
        try:
            found = pendulum.parse(given.strip(), exact=True, tz=None)
        except ValueError:
            found = None
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise InvalidInput(
            argument,
            f"{masked_repr(given)} is not a moment; write 2026-11-23T09:00+01:00, with the offset from UTC.",
        )
    return in_utc(found)


def in_utc(moment: datetime) -> datetime:
    """Give a moment in UTC, where a difference in Python is the time that has really passed.

    In a zone with summer time, Python adds, subtracts and compares what clocks show there; and a moment of
    pendulum's that Python has converted loses its zone when something is subtracted.

    :param moment: an aware datetime, of Python or pendulum.
    """
    found = moment.astimezone(timezone.utc)
    return datetime.combine(found.date(), found.time(), timezone.utc)


def format_duration(length: timedelta) -> str:
    """Write a length of time for people, as in ``1 day 12 hours``.

    :param length: how long.
    """
    return pendulum.duration(seconds=length.total_seconds()).in_words(locale="en") if length else "0 seconds"


def _show(given: Duration) -> str:
    if not isinstance(given, timedelta):
        return masked_repr(given)
    # Pendulum overflows before the longest timedelta.
    return format_duration(given) if abs(given.days) <= _LONGEST.days else f"{given.days:,} days"


def _read(given: Duration) -> timedelta | None:
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
