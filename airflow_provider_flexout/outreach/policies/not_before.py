"""The policy that holds a contact until its own time has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import pendulum

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.contact_window import zone_named
from airflow_provider_flexout.outreach.policies.decision import Go, Hold
from airflow_provider_flexout.twilio.http.redaction import masked_repr

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.policies.decision import Decision
    from airflow_provider_flexout.twilio.http.call import Procedure

_FORMS = "write 2026-12-01T09:00+01:00, or a time or day of the customer's own time zone"


@dataclass(frozen=True, slots=True)
class NotBefore:
    """Holds a contact until a moment.

    :param moment: the moment, aware.
    """

    moment: datetime

    def check(self, now: datetime) -> Procedure[Decision]:
        """Allow the contact once the moment has come.

        :param now: the present moment, aware.
        """
        return Go() if now >= self.moment else Hold(self.moment, "the time in not_before has not come yet.")
        yield  # a procedure that asks nobody


def read_moment(argument: str, given: str, zone: str | None) -> datetime:
    """Read a moment before which somebody must not be contacted.

    :param argument: the name of the column, for the error.
    :param given: an ISO 8601 date and time, or a day, which stands for its midnight.
    :param zone: the customer's own time zone, in which a time without an offset counts.
    :returns: the moment, aware.
    :raises InvalidInput: when it cannot be read, or has no offset and the time zone is not known.
    """
    try:
        found = pendulum.parse(given.strip(), exact=True, tz=None)
    except ValueError as error:
        raise InvalidInput(argument, f"{masked_repr(given)} cannot be read; {_FORMS}.") from error
    if not isinstance(found, date):
        raise InvalidInput(argument, f"{masked_repr(given)} has no day; {_FORMS}.")
    moment = found if isinstance(found, datetime) else datetime.combine(found, time())
    if moment.tzinfo is not None:
        return moment
    if zone is None:
        raise InvalidInput(
            argument,
            f"{masked_repr(given)} has no offset, and the customer's time zone is not known; {_FORMS}.",
        )
    return moment.replace(tzinfo=zone_named(zone))
