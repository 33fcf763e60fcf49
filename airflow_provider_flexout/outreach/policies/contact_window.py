"""When somebody may be contacted: days, hours, holidays, in their time or in ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import pendulum
from pendulum.tz.exceptions import InvalidTimezone

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.blackout import Blackout, read_blackout
from airflow_provider_flexout.twilio.http.redaction import masked_repr

RECIPIENT = "recipient"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_MIDNIGHT = "24:00"


@dataclass(frozen=True, slots=True)
class ContactWindow:
    """The hours of the week in which somebody may be contacted.

    Local clock time counts. In a night whose hour from two to three happens twice, a window that ends at
    half past two opens twice; in a night without that hour, a window from half past two opens at three.

    :param days: the days, ``mon`` to ``sun``, in a list or in one text: ``"mon-fri"``, ``"mon,wed,fri"``. A
        window over midnight belongs to the day on which it begins.
    :param start: the first minute, ``HH:MM``.
    :param end: the first minute after the window, ``HH:MM``; earlier than ``start`` for a window over
        midnight, ``24:00`` for the end of the day.
    :param timezone: an IANA name, or ``"recipient"`` for all zones that the customer's number may be in. The
        window has to be open in each of them.
    :param holidays: the countries whose public holidays are left out, as in ``"IT"``, or with a region as in
        ``"US-CA"``; one or a list. https://holidays.readthedocs.io
    :param blackout: further days and spans that are left out; see :func:`read_blackout`.
    :param unknown_zone: what to do when an address tells no zone, or zones without a common open hour:
        ``"hold"`` the task, for a week at most, or ``"fail"`` it. The customer is not contacted.
    """

    days: Sequence[str] | str = DAYS
    start: str = "09:00"
    end: str = "20:00"
    timezone: str = RECIPIENT
    holidays: Sequence[str] | str = ()
    blackout: Sequence[Any] = ()
    unknown_zone: str = "hold"


@dataclass(frozen=True, slots=True)
class Hours:
    """A contact window, read and checked.

    :param weekdays: the days of the week, 0 for Monday.
    :param start: the time of day at which it opens.
    :param end: the time of day at which it closes; midnight stands for the end of the day.
    :param timezone: as of :class:`ContactWindow`.
    :param calendars: the holidays of each country; a holiday's date is a key.
    :param blackouts: further spans of time that are left out.
    :param unknown_zone: as of :class:`ContactWindow`.
    """

    weekdays: frozenset[int]
    start: time
    end: time
    timezone: str
    calendars: tuple[Mapping[date, str], ...]
    blackouts: tuple[Blackout, ...]
    unknown_zone: str

    def is_open(self, moment: datetime, zones: Sequence[tzinfo]) -> bool:
        """Say whether the window is open in all zones.

        :param moment: the moment, aware.
        :param zones: the time zones, at least one.
        """
        return all(self._is_open_in(moment.astimezone(zone)) for zone in zones)

    def _is_open_in(self, local: datetime) -> bool:
        today, clock = local.date(), local.time()
        if self.start < self.end or self.end == time():
            began = today if self.start <= clock and (clock < self.end or self.end == time()) else None
        elif clock >= self.start:
            began = today
        else:
            began = today - timedelta(days=1) if clock < self.end else None
        if began is None or began.weekday() not in self.weekdays:
            return False
        if any(day in calendar for calendar in self.calendars for day in {began, today}):
            return False
        return not any(one.holds(local) or one.holds_day(began) for one in self.blackouts)


def read_window(given: ContactWindow | Mapping[str, Any]) -> Hours:
    """Read and check a contact window.

    :param given: a :class:`ContactWindow`, or a mapping with the names of its fields.
    :raises InvalidInput: naming what is wrong and what is allowed.
    """
    if isinstance(given, Mapping):
        names = [field.name for field in fields(ContactWindow)]
        unknown = sorted(set(given) - set(names))
        if unknown:
            raise InvalidInput("contact_window", f"has no {unknown[0]!r}, only {', '.join(names)}.")
        given = ContactWindow(**given)
    elif not isinstance(given, ContactWindow):
        raise InvalidInput("contact_window", 'write an object such as {"start": "09:00", "end": "18:00"}.')
    if given.unknown_zone not in ("hold", "fail"):
        raise InvalidInput(
            "contact_window", f'unknown_zone: {masked_repr(given.unknown_zone)} is neither "hold" nor "fail".'
        )
    if given.start == given.end or given.start == _MIDNIGHT:
        raise InvalidInput(
            "contact_window", f"it never opens: {given.start} to {given.end}. A whole day is 00:00 to 24:00."
        )
    if given.timezone != RECIPIENT:
        zone_named(given.timezone)
    listed = [given.holidays] if isinstance(given.holidays, str) else given.holidays
    return Hours(
        weekdays=_weekdays(given.days),
        start=_time("start", given.start),
        end=_time("end", given.end),
        timezone=given.timezone,
        calendars=tuple(_calendar(one) for one in listed),
        blackouts=tuple(read_blackout(one) for one in given.blackout),
        unknown_zone=given.unknown_zone,
    )


def zone_named(name: str) -> tzinfo:
    """Give the time zone of a name.

    :param name: IANA's, for example ``Europe/Rome``.
    :raises InvalidInput: when there is none.
    """
    try:
        return pendulum.timezone(name)
    except (InvalidTimezone, AttributeError, TypeError, ValueError) as error:
        raise InvalidInput(
            "contact_window",
            f'timezone: {name!r} is not a time zone; write an IANA name such as Europe/Rome, or "recipient".',
        ) from error


def _time(which: str, given: object) -> time:
    if not isinstance(given, str) or not _TIME.fullmatch(given):
        raise InvalidInput(
            "contact_window", f"{which}: {masked_repr(given)} is not a time of day; write HH:MM."
        )
    return time() if given == _MIDNIGHT else time.fromisoformat(given)


def _weekdays(given: Sequence[str] | str) -> frozenset[int]:
    parts = given.split(",") if isinstance(given, str) else given
    found: set[int] = set()
    for part in parts:
        ends = [one.strip().lower() for one in str(part).split("-")]
        if len(ends) > 2 or not set(ends) <= set(DAYS):
            raise InvalidInput("contact_window", f"days: {masked_repr(part)} is none of {', '.join(DAYS)}.")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        found |= {day % 7 for day in range(first, last + 1 if first <= last else last + 8)}
    if not found:
        raise InvalidInput("contact_window", "days: name at least one, or nobody is ever contacted.")
    return frozenset(found)


def _calendar(name: str) -> Mapping[date, str]:
    try:
        from holidays import country_holidays  # half a second, for windows that name a country alone
    except ImportError as error:
        install = "pip install 'airflow-provider-flexout[holidays]'"
        raise InvalidInput("contact_window", f"holidays: the package is not installed: {install}") from error

    country, _, region = str(name).partition("-")
    try:
        return country_holidays(country.upper(), subdiv=region.upper() or None)
    except NotImplementedError as error:
        raise InvalidInput("contact_window", f"holidays: {name!r} is unknown: {error}") from error
