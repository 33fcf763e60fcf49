"""What has to agree before a contact is reached, read once for a whole campaign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.policies.contact_hours import ContactHours
from airflow_provider_flexout.outreach.policies.frequency_cap import FrequencyCap
from airflow_provider_flexout.outreach.policies.recipients import recipients_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.outreach.policies.contact_window import Hours
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy
    from airflow_provider_flexout.outreach.policies.frequency_cap import Cap
    from airflow_provider_flexout.outreach.policies.recipients import Recipients


@dataclass(frozen=True, slots=True)
class CampaignPolicies:
    """The rules of a campaign.

    :param refusals: makes the gates that know whom never to contact.
    :param cap: how often somebody may be contacted.
    :param hours: when.
    """

    refusals: Callable[[Recipients], list[ContactPolicy]]
    cap: Cap | None
    hours: Hours | None

    def policies(self, request: InteractionRequest) -> list[ContactPolicy]:
        """Make the gates of a contact, in the order in which they are asked: what skips before what holds.

        :param request: the contact's outreach.
        """
        recipients = recipients_of(request)
        policies = self.refusals(recipients)
        if self.cap:
            policies.append(FrequencyCap(self.cap, recipients, request.unique_name))
        if self.hours:
            policies.append(ContactHours(self.hours, recipients))
        return policies
