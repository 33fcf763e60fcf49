"""The policy that limits how often a person is contacted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.decision import Go, Skip
from airflow_provider_flexout.outreach.values.arguments import whole_number
from airflow_provider_flexout.outreach.values.durations import format_duration, read_duration
from airflow_provider_flexout.twilio.api.conversations import list_participant_conversations
from airflow_provider_flexout.twilio.http.pagination import next_page
from airflow_provider_flexout.twilio.http.redaction import masked_repr

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from airflow_provider_flexout.outreach.policies.decision import Decision
    from airflow_provider_flexout.outreach.policies.recipients import Recipient, Recipients
    from airflow_provider_flexout.twilio.api.conversations import ParticipantConversationPage
    from airflow_provider_flexout.twilio.http.call import Call, Procedure


@dataclass(frozen=True, slots=True)
class Cap:
    """How often a person may be contacted.

    :param at_most: the largest number of outreaches in a period.
    :param per: the length of the period, which ends now.
    """

    at_most: int
    per: timedelta


def read_cap(given: Mapping[str, Any]) -> Cap:
    """Read and check a cap.

    :param given: ``{"at_most": 1, "per": "P1D"}``; ``per`` as in :func:`read_duration`.
    :raises InvalidInput: naming what is wrong and what is allowed.
    """
    if not isinstance(given, Mapping) or set(given) != {"at_most", "per"}:
        raise InvalidInput("frequency_cap", 'write {"at_most": 1, "per": "P1D"}.')
    at_most = whole_number(given["at_most"])
    if at_most is None or at_most < 1:
        raise InvalidInput(
            "frequency_cap", f"at_most: {masked_repr(given['at_most'])} is not a whole number above zero."
        )
    return Cap(at_most, read_duration("frequency_cap", given["per"]))


@dataclass(frozen=True, slots=True)
class FrequencyCap:
    """Skips a person who has been contacted often enough, counted by the conversations that Twilio holds.

    What counts is a conversation that this provider opened with the person in the period, from any of our
    senders, and on any channel on which an address is the same person. The outreach in question does not
    count itself. Two outreaches at the same moment do not see each other, so that both may happen. The period
    ends when Twilio served the list, by its own clock, which also dated the conversations.

    :param cap: how many outreaches are allowed, and in which period.
    :param recipients: the people to check.
    :param own_name: the unique name of this outreach's own conversation.
    """

    cap: Cap
    recipients: Recipients
    own_name: str

    def check(self, now: datetime) -> Procedure[Decision]:
        """Count, and skip when the cap is reached.

        :param now: the present moment, aware, where Twilio does not say when it served the list.
        """
        for recipient in (yield from self.recipients.find()):
            count = yield from self._count(recipient, now)
            if count >= self.cap.at_most:
                return Skip(
                    "frequency_cap",
                    f"{recipient.shown} has had {count} of at most {self.cap.at_most} outreaches "
                    f"in {format_duration(self.cap.per)}.",
                )
        return Go()

    def _count(self, recipient: Recipient, now: datetime) -> Procedure[int]:
        names = set()
        for filters in _filters(recipient):
            call: Call[ParticipantConversationPage] | None = list_participant_conversations(**filters)
            while call is not None:
                page = yield call
                since = (page.served_at or now) - self.cap.per
                names |= {
                    one.conversation_unique_name
                    for one in page.items
                    if (one.conversation_unique_name or "").startswith(durable.UNIQUE_NAME_PREFIX)
                    and one.conversation_date_created is not None
                    and one.conversation_date_created >= since
                }
                call = next_page(call, page)
        return len(names - {self.own_name})


def _filters(recipient: Recipient) -> list[dict[str, str]]:
    """Give what Twilio is asked for: each address of the person, or their identity."""
    if recipient.is_identity:
        return [{"identity": recipient.address}]
    address = recipient.address
    return [{"address": one} for one in channel_of(address).addresses(address)]
