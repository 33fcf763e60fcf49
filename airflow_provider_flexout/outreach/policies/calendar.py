"""When the next contact window opens."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from airflow_provider_flexout.outreach.policies.contact_window import Hours

HORIZON = 400
"""Days that are searched: a window that does not open within a year never does."""

_DAY = timedelta(days=1)


def opens_at(hours: Hours, moment: datetime, zones: Sequence[tzinfo]) -> datetime | None:
    """Find the first moment at which the hours are open in all zones; ``None`` when there is none.

    :param hours: the contact windows.
    :param moment: where the search begins, aware; returned when they are open then.
    :param zones: the time zones, at least one.
    """
    found: datetime | None = moment.astimezone(timezone.utc)
    limit = moment + HORIZON * _DAY
    while found is not None and found < limit:
        closed = next((zone for zone in zones if not hours.is_open(found, [zone])), None)
        if closed is None:
            return found
        found = _next_in(hours, found, closed, limit)  # it is open in all zones no sooner than in this one
    return None


def _next_in(hours: Hours, begin: datetime, zone: tzinfo, limit: datetime) -> datetime | None:
    """Find the first moment after another at which the hours are open in one zone."""
    while begin < limit:
        for candidate in sorted(_may_open(hours, begin, zone)):
            if begin < candidate <= begin + _DAY and hours.is_open(candidate, [zone]):
                return candidate
        begin += _DAY
    return None


def _may_open(hours: Hours, begin: datetime, zone: tzinfo) -> Iterator[datetime]:
    """List the moments of 24 hours at which the hours can go from closed to open in one zone."""
    end = begin + _DAY
    dates = {begin.astimezone(zone).date(), end.astimezone(zone).date()}
    dates |= {one + _DAY for one in dates}
    for day in dates:
        for clock in {time(), *(one.start for one in hours.daily)}:
            yield from _instants(datetime.combine(day, clock, zone))
    for blackout in (one for daily in hours.daily for one in daily.blackouts):
        yield from _instants(blackout.ends(zone))
    if begin.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset():
        yield _clock_change(begin, end, zone)


def _instants(local: datetime) -> Iterator[datetime]:
    """Give the moments at which a clock shows a time, which may be two when it is set back."""
    for fold in (0, 1):
        yield local.replace(fold=fold).astimezone(timezone.utc)


def _clock_change(begin: datetime, end: datetime, zone: tzinfo) -> datetime:
    """Find the moment between two others at which the clocks of a zone are set."""
    before = begin.astimezone(zone).utcoffset()
    low, high = int(begin.timestamp()), int(end.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle, zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return datetime.fromtimestamp(high, timezone.utc)
