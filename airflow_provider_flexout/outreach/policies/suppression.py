"""The policy that skips whoever is on a list, or is refused by a function."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.phone import digits_of
from airflow_provider_flexout.outreach.channels.registry import channel_of, person_of
from airflow_provider_flexout.outreach.policies.decision import Go, Skip
from airflow_provider_flexout.twilio.http.redaction import masked_exceptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from airflow_provider_flexout.outreach.policies.decision import Decision
    from airflow_provider_flexout.outreach.policies.recipients import Recipients
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True, repr=False)
class AddressPolicy:
    """Skips a contact when a function refuses an address.

    :param reason: the reason of the skip, for example ``suppressed``.
    :param sentence: what follows the masked address in the log.
    :param recipients: the people to check.
    :param refuses: is called with an address; a true value refuses the contact.
    """

    reason: str
    sentence: str
    recipients: Recipients
    refuses: Callable[[str], object]

    def check(self, now: datetime) -> Procedure[Decision]:
        """Check everybody, and skip for the first who is refused.

        :param now: the present moment, aware.
        """
        for recipient in (yield from self.recipients.find()):
            with masked_exceptions():
                refused = self.refuses(recipient.address)
            if refused:
                return Skip(self.reason, f"{recipient.shown} {self.sentence}")
        return Go()


def is_listed(entries: Iterable[object]) -> Callable[[str], bool]:
    """Make the function that says whether an address is on a list, however the list writes it.

    :param entries: phone numbers in any spelling, with or without their country code; other addresses and
        identities. Empty entries are ignored.
    """
    listed = {_folded(str(entry)) for entry in entries if entry is not None and str(entry).strip()}
    return lambda address: not listed.isdisjoint(map(_folded, channel_of(address).spellings(address)))


def _folded(entry: str) -> str:
    """Write an entry in one way: the digits of a number, and anything else in small letters."""
    bare = person_of(unicodedata.normalize("NFKC", entry).strip().lower()).strip()
    return digits_of(bare) or bare
