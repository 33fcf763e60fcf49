"""The policy that skips people who are on a list, or whom a function refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.policies.decision import Go, Skip
from airflow_provider_flexout.twilio.http.redaction import masked_exceptions

if TYPE_CHECKING:
    from collections.abc import Callable
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
