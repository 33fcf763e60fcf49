"""The policy that holds a contact until its contact window is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.errors import NoContactHours
from airflow_provider_flexout.outreach.policies.calendar import opens_at
from airflow_provider_flexout.outreach.policies.contact_window import RECIPIENT, Hours, zone_named
from airflow_provider_flexout.outreach.policies.decision import Go, Hold

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from airflow_provider_flexout.outreach.policies.decision import Decision
    from airflow_provider_flexout.outreach.policies.recipients import Recipients
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True, repr=False)
class ContactHours:
    """Holds a contact until the contact window is open.

    :param hours: the contact window.
    :param recipients: the people to check; the window must be open for each of them.
    :param zone: the time zone that they are known to be in; ``None`` for what their addresses tell.
    """

    hours: Hours
    recipients: Recipients
    zone: str | None = None

    def check(self, now: datetime) -> Procedure[Decision]:
        """Allow the contact while the window is open, and otherwise hold it until it opens.

        :param now: the present moment, aware.
        :raises NoContactHours: when it never opens, and ``unknown_zone`` does not say hold.
        """
        named, who = self.hours.timezone, "the customer"
        zones: tuple[str, ...] | None = (named,)
        if named == RECIPIENT and self.zone:
            zones = (self.zone,)
        elif named == RECIPIENT:
            recipients = yield from self.recipients.find()
            zones = zones_of(one.address for one in recipients)
            who = ", ".join(one.shown for one in recipients) or "nobody"
        if zones is None:
            return self._never(f"the address of {who} does not tell a time zone")
        opens = opens_at(self.hours, now, [zone_named(zone) for zone in zones])
        places = zones[0] if len(zones) == 1 else f"{len(zones)} time zones"
        if opens is None and named == RECIPIENT:
            return self._never(f"the window is never open in all zones of {who} at once ({places})")
        if opens is None:
            raise NoContactHours(f"The contact window does not open in a year ({places}). {_HINT}")
        if opens <= now:
            return Go()
        return Hold(opens, f"the contact window is closed ({places}).")

    def _never(self, why: str) -> Decision:
        sentence = f"It is not known when the customer may be contacted: {why}. {_HINT}"
        if self.hours.unknown_zone == "fail":
            raise NoContactHours(sentence)
        return Hold(None, sentence)


def zones_of(addresses: Iterable[str]) -> tuple[str, ...] | None:
    """Give all time zones that people may be in; ``None`` when the address of one of them tells none.

    :param addresses: one of each person.
    """
    zones: dict[str, None] = {}
    for address in addresses:
        found = channel_of(address).time_zones(address)
        if not found:
            return None
        zones |= dict.fromkeys(found)
    return tuple(zones) or None


_HINT = "Set a timezone, or other hours, in contact_window."
