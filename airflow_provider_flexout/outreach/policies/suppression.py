"""The gate that leaves alone who is on a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.phone import digits_of
from airflow_provider_flexout.outreach.channels.registry import channel_of, person_of
from airflow_provider_flexout.outreach.policies.decision import Go, Skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from airflow_provider_flexout.outreach.policies.decision import Decision
    from airflow_provider_flexout.outreach.policies.recipients import Recipients
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True, repr=False)
class Refusal:
    """A question that is asked about an address; yes refuses the contact.

    :param reason: of the skip, for example ``suppressed``.
    :param sentence: what follows the masked address in the log.
    :param recipients: whom it is about.
    :param refuses: the question.
    """

    reason: str
    sentence: str
    recipients: Recipients
    refuses: Callable[[str], object]

    def check(self, now: datetime) -> Procedure[Decision]:
        """Ask about everybody, and skip for the first yes.

        :param now: the moment, aware.
        """
        for recipient in (yield from self.recipients.find()):
            if self.refuses(recipient.address):
                return Skip(self.reason, f"{recipient.shown} {self.sentence}")
        return Go()


def is_listed(entries: Iterable[object]) -> Callable[[str], bool]:
    """Make the question whether an address is on a list, however the list writes it.

    :param entries: phone numbers with their country code or without, in any spelling, mail addresses,
        identities; empty ones are passed over.
    """
    listed = {_folded(str(entry)) for entry in entries if entry is not None and str(entry).strip()}
    return lambda address: not listed.isdisjoint(map(_folded, channel_of(address).spellings(address)))


def _folded(entry: str) -> str:
    """Write an entry in one way: the digits of a number, and anything else in small letters."""
    bare = person_of(entry.strip().lower()).strip()
    return digits_of(bare) or bare
