"""The gate that leaves alone who is on a list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import phonenumbers

from airflow_provider_flexout.outreach.policies.decision import Go, Skip
from airflow_provider_flexout.outreach.values.addresses import WHATSAPP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from airflow_provider_flexout.outreach.policies.decision import Decision
    from airflow_provider_flexout.outreach.policies.recipients import Recipients
    from airflow_provider_flexout.twilio.http.call import Procedure

_NUMBER = re.compile(r"[+(]?[\d\s().+/-]{6,}")


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
    listed = {_written(str(entry)) for entry in entries if entry is not None and str(entry).strip()}
    return lambda address: not listed.isdisjoint(_spellings(address))


def _written(entry: str) -> str:
    """Write an entry in one way: digits for a number, small letters for anything else."""
    text = entry.strip().lower().removeprefix(WHATSAPP).strip()
    if not _NUMBER.fullmatch(text):
        return text
    return re.sub(r"\D", "", text).lstrip("0")


def _spellings(address: str) -> set[str]:
    """Give all that an entry for this address may come to: with the country code, and without it."""
    spellings = {_written(address)}
    try:
        number = phonenumbers.parse(address.removeprefix(WHATSAPP))
    except phonenumbers.NumberParseException:
        return spellings
    return spellings | {str(number.national_number)}
