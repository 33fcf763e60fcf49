"""A rehearsal: what a campaign would do, found out without a request that changes anything."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.bulk.contacts.contact import contact_of
from airflow_provider_flexout.bulk.contacts.lines import names_of
from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.bulk.result import Result
from airflow_provider_flexout.bulk.runner import CampaignRunner
from airflow_provider_flexout.bulk.sources.row import Header, Row
from airflow_provider_flexout.outreach.channels.registry import channel_named
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.interaction.lookup import is_open
from airflow_provider_flexout.outreach.values.attributes import as_json
from airflow_provider_flexout.twilio.http.client import AsyncClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.bulk.campaign import Campaign
    from airflow_provider_flexout.bulk.checkpoint import Checkpoint
    from airflow_provider_flexout.bulk.contacts.contact import Contact
    from airflow_provider_flexout.bulk.sources.row import Rows
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.twilio.http.call import Call, ResourceT

_REQUESTS = {"now": 5, "on_reply": 4}
"""How many requests a new contact takes, by when its agent gets a task; one more where its run has a logical
date, which an earlier run may have had too."""
_CONVERSATIONS_A_SECOND = 30
"""Twilio's limit, https://www.twilio.com/docs/conversations/conversations-limits"""


class ReadOnlyClient(AsyncClient):
    """A client that sends only requests that read."""

    async def send(self, call: Call[ResourceT], **how: Any) -> ResourceT:
        """Send a call that reads.

        :param call: the call.
        :param how: as for every client.
        """
        if call.method != "GET":
            raise AssertionError(f"A rehearsal sends nothing, and {call.name} changes something.")
        return await super().send(call, **how)


class RehearsalRunner(CampaignRunner):
    """One pass over a campaign's contacts that contacts nobody.

    :param campaign: what the contacts share.
    :param client: the client, which changes nothing.
    :param report: is called with what would become of each contact.
    :param done: what the campaign has done before; ``None`` where nothing is known of it.
    """

    def __init__(
        self,
        campaign: Campaign,
        client: AsyncClient,
        report: Callable[[Result], None],
        *,
        done: Checkpoint | None = None,
    ) -> None:
        super().__init__(campaign, client, report, done=done)
        self._languages: Counter[str] = Counter()
        self._segments = 0

    async def _contact(
        self,
        contact: Contact,
        request: InteractionRequest,
        draft: MessageDraft,
        _conversation_sid: str | None,
    ) -> Result:
        if request.may_be_open and await self._client.run(is_open(request)):
            reason = "contacted under the same key before."
            return Result(contact.line, contact.shown, ContactOutcome.ADOPTED, reason)
        if draft.body:
            self._segments += channel_named(request.channel_type).segments(draft.body)
        self._languages.update(self._campaign.language_of(contact))
        return Result(contact.line, contact.shown, ContactOutcome.WOULD_OPEN)

    def as_dict(self) -> dict[str, Any]:
        """Give plain JSON: the counts, and what the campaign would take."""
        campaign, would_open = self._campaign, self.progress.outcomes[ContactOutcome.WOULD_OPEN]
        requests = would_open * (_REQUESTS[campaign.agent] + campaign.has_logical_date)
        by_rate = requests / campaign.rate if campaign.rate else 0.0
        return self.progress.as_dict() | {
            ContactOutcome.WOULD_OPEN.value: would_open,
            "languages": dict(self._languages),
            "sms_segments": self._segments,
            "agent_tasks": would_open if campaign.agent == "now" else 0,
            "requests": requests,
            "campaign_seconds": round(max(by_rate, would_open / _CONVERSATIONS_A_SECOND), 1),
        }


def digest_of(campaign: Campaign, rows: Rows, secret: str) -> str:
    """Make the digest of whom a campaign contacts with what, whatever the order of its people.

    It leaves out the rows that are invalid by themselves, and what changes with time: policies, and who was
    contacted. It includes rows that name a queue or template that Twilio does not have.

    :param campaign: the campaign.
    :param rows: its rows, all of which are read.
    :param secret: what keeps a digest from being guessed, since it is an XCom and people's numbers are few.
    :raises InvalidInput: when the rows lack a column.
    """
    total, seen = 0, Counter[bytes]()
    for row in rows:
        if isinstance(row, Header):
            campaign.check_header(row)
        if not isinstance(row, Row):
            continue
        try:
            contact = contact_of(row, campaign.columns)
            request, draft = campaign.outreach_of(contact)
        except InvalidInput:
            continue
        names = names_of(contact, request).values()
        earlier = [seen[one] for one in names]  # of the rows of one person, the first that can be used counts
        seen.update(names)
        message = [
            draft.body,
            draft.content_sid,
            draft.variables,
            draft.media_sid,
            draft.subject,
            draft.author,
        ]
        channel, routing = dict(request.channel), dict(request.routing)
        text = as_json([contact.id, channel, routing, contact.own, message, earlier])
        total += int.from_bytes(hmac.digest(secret.encode(), text.encode(), hashlib.sha256), "big")
    return f"{total % 2**256:064x}"
