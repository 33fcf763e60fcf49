"""Whether a contact of a campaign may be contacted now, by all of its contact policies."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from airflow_provider_flexout.outreach.interaction.lookup import is_open
from airflow_provider_flexout.outreach.policies.decision import Decision, Go, check_policies
from airflow_provider_flexout.outreach.policies.recipients import recipients_of
from airflow_provider_flexout.outreach.policies.suppression import AddressPolicy

if TYPE_CHECKING:
    from airflow_provider_flexout.bulk.campaign import Campaign
    from airflow_provider_flexout.bulk.contacts.contact import Contact
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.http.call import Procedure
    from airflow_provider_flexout.twilio.http.client import AsyncClient

R = TypeVar("R")


class PolicyCheck:
    """The contact policies of a campaign; users' functions are called one at a time, in a thread.

    :param campaign: what the contacts share.
    :param client: asks Twilio what a policy has to know.
    """

    def __init__(self, campaign: Campaign, client: AsyncClient) -> None:
        self._campaign = campaign
        self._client = client
        self._asking = ThreadPoolExecutor(max_workers=1)  # users' functions may be slow

    async def decide(self, request: InteractionRequest, contact: Contact) -> Decision:
        """Check the policies; what an earlier attempt has opened is finished whatever they say.

        :param request: the contact's outreach.
        :param contact: the contact.
        :raises InvalidInput: when the time zone or moment of its row is wrong.
        """
        now, campaign = self._client.clock.now(), self._campaign
        ask = partial(asyncio.get_running_loop().run_in_executor, self._asking)
        rules = await ask(campaign.rules_for, contact) if campaign.zone_of else campaign.rules_for(contact)
        policies = rules.policies(recipients_of(request), request.unique_name)
        questions = [one for one in policies if isinstance(one, AddressPolicy)]
        decision: Decision = Go()
        if questions:
            decision = await ask(_run_without_requests, check_policies(questions, now))
        if isinstance(decision, Go):
            others = [one for one in policies if not isinstance(one, AddressPolicy)]
            decision = await self._client.run(check_policies(others, now))
        if isinstance(decision, Go) or not request.may_be_open:
            return decision
        return Go() if await self._client.run(is_open(request)) else decision

    def close(self, *, wait: bool) -> None:
        """End the thread.

        :param wait: whether to wait for a function that is being called.
        """
        self._asking.shutdown(wait=wait, cancel_futures=True)


def _run_without_requests(procedure: Procedure[R]) -> R:
    """Run a procedure that sends nothing."""
    try:
        next(procedure)
    except StopIteration as done:
        return cast("R", done.value)
    raise AssertionError("sends something")
