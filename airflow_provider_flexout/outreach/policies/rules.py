"""The contact policies that an operator's arguments ask for, read once for everybody it contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.consent import OptedOut
from airflow_provider_flexout.outreach.policies.contact_hours import ContactHours
from airflow_provider_flexout.outreach.policies.contact_window import (
    check_own_zones,
    read_window,
    read_zone,
)
from airflow_provider_flexout.outreach.policies.frequency_cap import FrequencyCap, read_cap
from airflow_provider_flexout.outreach.policies.not_before import NotBefore
from airflow_provider_flexout.outreach.policies.suppression import AddressPolicy
from airflow_provider_flexout.twilio.http.redaction import masked_repr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from airflow_provider_flexout.outreach.policies.contact_window import ContactWindows, Hours
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy
    from airflow_provider_flexout.outreach.policies.frequency_cap import Cap
    from airflow_provider_flexout.outreach.policies.recipients import Recipients


@dataclass(frozen=True, slots=True, repr=False)
class ContactRules:
    """Who may be contacted, how often, and when.

    :param is_suppressed: tells whether an address is suppressed; ``None`` for nobody.
    :param consent: ``"receipts"``, or a function that tells whether an address may be contacted.
    :param cap: how often somebody may be contacted.
    :param hours: when somebody may be contacted.
    :param zone: the time zone that the customer is known to be in; ``None`` for what the address tells.
    :param not_before: the moment before which the customer is not contacted, aware.
    """

    is_suppressed: Callable[[str], object] | None = None
    consent: str | Callable[[str], object] | None = None
    cap: Cap | None = None
    hours: Hours | None = None
    zone: str | None = None
    not_before: datetime | None = None

    def policies(self, recipients: Recipients, own_name: str = "") -> list[ContactPolicy]:
        """Make the policies in the order in which they are checked: what skips before what holds.

        :param recipients: the people they are checked for.
        :param own_name: the unique name of the outreach itself, which the frequency cap does not count.
        """
        policies: list[ContactPolicy] = []
        if self.is_suppressed:
            policies.append(AddressPolicy("suppressed", "is suppressed.", recipients, self.is_suppressed))
        if callable(self.consent):
            consents = self.consent
            policies.append(
                AddressPolicy("no_consent", "has not consented.", recipients, lambda one: not consents(one))
            )
        elif self.consent:
            policies.append(OptedOut(recipients))
        if self.cap:
            policies.append(FrequencyCap(self.cap, recipients, own_name))
        if self.not_before:
            policies.append(NotBefore(self.not_before))
        if self.hours:
            policies.append(ContactHours(self.hours, recipients, self.zone))
        return policies


def read_rules(
    is_suppressed: Callable[[str], object] | None = None,
    consent: str | Callable[[str], object] | None = None,
    frequency_cap: Mapping[str, Any] | None = None,
    contact_window: ContactWindows | None = None,
    timezone: object = None,
) -> ContactRules:
    """Read an operator's arguments.

    :param is_suppressed: tells whether an address is suppressed.
    :param consent: the argument of this name.
    :param frequency_cap: the argument of this name.
    :param contact_window: the argument of this name.
    :param timezone: the argument of this name, an IANA name.
    :raises InvalidInput: for the first that is wrong.
    """
    if not (consent in (None, "receipts") or callable(consent)):
        raise InvalidInput(
            "consent",
            f'{masked_repr(consent)} is not allowed; pass "receipts" or a function that takes an address.',
        )
    hours = None if contact_window is None else read_window(contact_window)
    return ContactRules(
        is_suppressed,
        consent,
        None if frequency_cap is None else read_cap(frequency_cap),
        hours,
        _own_zone(timezone, hours),
    )


def _own_zone(timezone: object, hours: Hours | None) -> str | None:
    zone = read_zone("timezone", timezone)
    if zone:
        check_own_zones("timezone", hours)
    return zone
