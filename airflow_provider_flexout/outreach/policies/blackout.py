"""Days and spans of time in which nobody is contacted, whatever the weekday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

import pendulum

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.http.redaction import masked_repr

_FORMS = (
    "write a day (2026-12-24), or a span of days or moments (2026-12-24/2026-12-26, "
    "2026-12-31T12:00/2027-01-02T00:00)"
)


@dataclass(frozen=True, slots=True)
class Blackout:
    """A span of time, on the clocks of the people concerned unless it names an offset.

    :param start: its first moment.
    :param end: the first moment after it.
    :param of_days: whether it consists of whole days. No window over midnight begins on such a day either.
    """

    start: datetime
    end: datetime
    of_days: bool = False

    def holds(self, moment: datetime) -> bool:
        """Say whether a moment lies in it.

        :param moment: aware; its own zone is the one whose clocks count.
        """
        wall = moment.replace(tzinfo=None)
        started = moment >= self.start if self.start.tzinfo else wall >= self.start
        return started and (moment < self.end if self.end.tzinfo else wall < self.end)

    def holds_day(self, day: date) -> bool:
        """Say whether a day is one of its whole days.

        :param day: the day.
        """
        return self.of_days and self.start.date() <= day < self.end.date()

    def ends(self, zone: tzinfo) -> datetime:
        """Give its end, aware.

        :param zone: whose clocks count.
        """
        return self.end if self.end.tzinfo else self.end.replace(tzinfo=zone)


def read_blackout(given: Any) -> Blackout:
    """Read one entry of a blackout list.

    :param given: a date, its text, or a span: two of them in a list, or one text with a slash between.
        The last day of a span of days belongs to it; the last moment of a span of moments does not.
    :raises InvalidInput: for anything else.
    """
    parts = given.split("/") if isinstance(given, str) else given
    if isinstance(parts, date) or (isinstance(parts, (list, tuple)) and len(parts) == 1):
        parts = [parts] * 2 if isinstance(parts, date) else [*parts] * 2
    if not isinstance(parts, (list, tuple)) or len(parts) != 2:
        raise InvalidInput("contact_window", f"blackout: {masked_repr(given)} cannot be read; {_FORMS}.")
    first, last = (_read(one, given) for one in parts)
    start = first if isinstance(first, datetime) else datetime.combine(first, time())
    end = last if isinstance(last, datetime) else datetime.combine(last + timedelta(days=1), time())
    if bool(start.tzinfo) != bool(end.tzinfo) or start >= end:
        raise InvalidInput(
            "contact_window", f"blackout: {masked_repr(given)} ends before it begins; {_FORMS}."
        )
    of_days = not isinstance(first, datetime) and not isinstance(last, datetime)
    return Blackout(start, end, of_days)


def _read(given: Any, whole: Any) -> date:
    """Read a day or a moment; a moment without an offset stays without one."""
    if isinstance(given, datetime):
        return _plain(given)
    if isinstance(given, date):
        return given
    try:
        found = pendulum.parse(given.strip(), exact=True, tz=None)
    except (AttributeError, ValueError) as error:
        raise InvalidInput(
            "contact_window", f"blackout: {masked_repr(whole)} cannot be read; {_FORMS}."
        ) from error
    if isinstance(found, datetime):
        return _plain(found)
    if isinstance(found, date):
        return date(found.year, found.month, found.day)
    raise InvalidInput("contact_window", f"blackout: {masked_repr(whole)} cannot be read; {_FORMS}.")


def _plain(moment: datetime) -> datetime:
    aware = moment.tzinfo is not None
    moment = moment.astimezone(timezone.utc) if aware else moment
    return datetime.combine(moment.date(), moment.time(), timezone.utc if aware else None)
