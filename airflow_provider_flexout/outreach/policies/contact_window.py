"""When somebody may be contacted: days, hours, holidays, in their time or in ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, TypeAlias

import pendulum
from pendulum.tz.exceptions import InvalidTimezone

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.blackout import Blackout, read_blackout
from airflow_provider_flexout.twilio.http.redaction import mask_text, masked_repr

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
        window must be open in each of them.
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
    blackout: str | Sequence[Any] = ()
    unknown_zone: str = "hold"


ContactWindows: TypeAlias = ContactWindow | Mapping[str, Any] | Sequence[ContactWindow | Mapping[str, Any]]
"""A contact window, or several, of which one must be open."""


@dataclass(frozen=True, slots=True)
class DailyHours:
    """The same hours on some days of the week, read and checked.

    :param weekdays: the days of the week, 0 for Monday.
    :param start: the time of day at which they begin.
    :param end: the time of day at which they end; midnight stands for the end of the day.
    :param calendars: the holidays of each country; a holiday's date is a key.
    :param blackouts: further spans of time that are left out.
    """

    weekdays: frozenset[int]
    start: time
    end: time
    calendars: tuple[Mapping[date, str], ...]
    blackouts: tuple[Blackout, ...]

    def holds(self, local: datetime) -> bool:
        """Say whether a moment is in these hours.

        :param local: the moment, in the time zone that counts.
        """
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


@dataclass(frozen=True, slots=True)
class Hours:
    """Contact windows, read and checked; they are open where one of them is.

    :param daily: the hours of each window, at least one.
    :param timezone: as of :class:`ContactWindow`.
    :param unknown_zone: as of :class:`ContactWindow`.
    """

    daily: tuple[DailyHours, ...]
    timezone: str
    unknown_zone: str

    def is_open(self, moment: datetime, zones: Sequence[tzinfo]) -> bool:
        """Say whether it is open in all zones, in each by one of the windows.

        :param moment: the moment, aware.
        :param zones: the time zones, at least one.
        """
        locals_ = (moment.astimezone(zone) for zone in zones)
        return all(any(one.holds(local) for one in self.daily) for local in locals_)


def read_window(given: ContactWindows) -> Hours:
    """Read and check a contact window, or several.

    :param given: a :class:`ContactWindow`, or an object with the names of its fields; or a list of these,
        which have the time zone in common.
    :raises InvalidInput: naming what is wrong and what is allowed.
    """
    windows = [_as_window(one) for one in (given if isinstance(given, (list, tuple)) else [given])]
    if not windows:
        raise InvalidInput(
            "contact_window", "an empty list never opens; leave the argument out to allow any time."
        )
    for name in ("timezone", "unknown_zone"):
        if len({getattr(one, name) for one in windows}) > 1:
            raise InvalidInput("contact_window", f"{name} must be the same in each window of the list.")
    first = windows[0]
    if first.unknown_zone not in ("hold", "fail"):
        raise InvalidInput(
            "contact_window", f'unknown_zone: {masked_repr(first.unknown_zone)} is neither "hold" nor "fail".'
        )
    if first.timezone != RECIPIENT:
        zone_named(first.timezone)
    return Hours(tuple(map(_daily, windows)), first.timezone, first.unknown_zone)


def _as_window(given: object) -> ContactWindow:
    if isinstance(given, Mapping):
        names = [field.name for field in fields(ContactWindow)]
        unknown = sorted(set(given) - set(names), key=str)
        if unknown:
            raise InvalidInput(
                "contact_window", f"has no {masked_repr(unknown[0])}, only {', '.join(names)}."
            )
        return ContactWindow(**given)
    if not isinstance(given, ContactWindow):
        raise InvalidInput("contact_window", 'write an object such as {"start": "09:00", "end": "18:00"}.')
    return given


def _daily(window: ContactWindow) -> DailyHours:
    if window.start == window.end or window.start == _MIDNIGHT:
        raise InvalidInput(
            "contact_window",
            f"it never opens: {window.start} to {window.end}. A whole day is 00:00 to 24:00.",
        )
    return DailyHours(
        weekdays=_weekdays(window.days),
        start=_time("start", window.start),
        end=_time("end", window.end),
        calendars=tuple(_calendar(one) for one in _listed(window.holidays)),
        blackouts=tuple(read_blackout(one) for one in _listed(window.blackout)),
    )


def _listed(given: Any) -> Sequence[Any]:
    """Make a list of what may be one text or a list."""
    return [given] if isinstance(given, str) else given


def zone_named(name: str) -> tzinfo:
    """Give the time zone of a name.

    :param name: IANA's, for example ``Europe/Rome``.
    :raises InvalidInput: when there is none.
    """
    try:
        return pendulum.timezone(f"{name}")  # which would take a number for an offset
    except (InvalidTimezone, AttributeError, TypeError, ValueError):
        raise InvalidInput(
            "contact_window",
            f"timezone: {masked_repr(name)} is not a time zone; write an IANA name such as Europe/Rome, or "
            '"recipient".',
        ) from None


def read_zone(argument: str, given: object) -> str | None:
    """Read the customer's own time zone, as a row or a user's function knows it.

    :param argument: the name of the argument or column, for the error.
    :param given: an IANA name; what is empty tells none.
    :returns: the name; ``None`` where none was given.
    :raises InvalidInput: when it is not a time zone.
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    name = given.strip() if isinstance(given, str) else given
    try:
        zone_named(name)  # type: ignore[arg-type]
    except InvalidInput as error:
        problem = f"{masked_repr(given)} is not a time zone; write an IANA name such as Europe/Rome."
        raise InvalidInput(argument, problem) from error
    return str(name)


def check_own_zones(argument: str, hours: Hours | None) -> None:
    """Refuse a customer's time zone where no contact window uses it.

    :param argument: the name of the argument, for the error.
    :param hours: the contact windows.
    :raises InvalidInput: when there are none, or they name a time zone themselves.
    """
    if hours is None:
        raise InvalidInput(argument, "needs a contact_window, and there is none.")
    if hours.timezone != RECIPIENT:
        raise InvalidInput(
            argument, f"contact_window already names a time zone, {hours.timezone}; remove one."
        )


def _time(which: str, given: object) -> time:
    if not isinstance(given, str) or not _TIME.fullmatch(given):
        raise InvalidInput(
            "contact_window", f"{which}: {masked_repr(given)} is not a time of day; write HH:MM."
        )
    return time() if given == _MIDNIGHT else time.fromisoformat(given)


def _weekdays(given: Sequence[str] | str) -> frozenset[int]:
    parts = given.split(",") if isinstance(given, str) else given
    if not isinstance(parts, (list, tuple, set, frozenset)):
        raise _no_weekdays(given)
    found: set[int] = set()
    for part in parts:
        ends = [one.strip().lower() for one in str(part).split("-")]
        if len(ends) > 2 or not set(ends) <= set(DAYS):
            raise _no_weekdays(part)
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        found |= {day % 7 for day in range(first, last + 1 if first <= last else last + 8)}
    if not found:
        raise InvalidInput("contact_window", "days: name at least one, or nobody is ever contacted.")
    return frozenset(found)


def _no_weekdays(given: object) -> InvalidInput:
    allowed = f"one of {', '.join(DAYS)}, or a range such as mon-fri"
    return InvalidInput("contact_window", f"days: {masked_repr(given)} is not {allowed}.")


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
        raise InvalidInput(
            "contact_window", f"holidays: {masked_repr(name)} is unknown: {mask_text(str(error))}"
        ) from None
