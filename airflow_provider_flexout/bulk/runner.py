"""Running a campaign: many contacts at once, each by itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from airflow_provider_flexout.bulk.conclusion import concerns_everybody
from airflow_provider_flexout.bulk.contacts.contact import contact_of
from airflow_provider_flexout.bulk.contacts.lines import Duplicate, Lines
from airflow_provider_flexout.bulk.contacts.named_resources import NamedResources
from airflow_provider_flexout.bulk.contacts.reach_once import reach_once
from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.bulk.places import Places
from airflow_provider_flexout.bulk.policy_check import PolicyCheck
from airflow_provider_flexout.bulk.progress import Progress
from airflow_provider_flexout.bulk.receipts.sender_check import SenderCheck
from airflow_provider_flexout.bulk.result import Result
from airflow_provider_flexout.bulk.row_queue import RowQueue
from airflow_provider_flexout.bulk.sources.row import BrokenRow, Header, Row
from airflow_provider_flexout.bulk.task_searches import TaskSearches, terms_of
from airflow_provider_flexout.outreach.conversation.request import ConversationRequest
from airflow_provider_flexout.outreach.errors import (
    AlreadyTalking,
    ContactedAlready,
    InvalidInput,
    KeyReused,
    NobodyAvailable,
)
from airflow_provider_flexout.outreach.policies.agent_availability import warn_of_nobody
from airflow_provider_flexout.outreach.policies.decision import Hold, Skip
from airflow_provider_flexout.twilio.api.conversations import list_conversations
from airflow_provider_flexout.twilio.http.errors import FlexoutError, TwilioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.bulk.availability import AgentAvailability
    from airflow_provider_flexout.bulk.campaign import Campaign
    from airflow_provider_flexout.bulk.checkpoint import Checkpoint
    from airflow_provider_flexout.bulk.contacts.contact import Contact
    from airflow_provider_flexout.bulk.contacts.reach_once import ReachedContact
    from airflow_provider_flexout.bulk.sources.row import Rows
    from airflow_provider_flexout.outreach.errors import DeliveryFailed
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.twilio.http.call import Call, ResourceT
    from airflow_provider_flexout.twilio.http.client import AsyncClient

log = logging.getLogger(__name__)

_ASIDE = 4
"""For each contact in progress, how many others may wait to see what an earlier try has left."""
_LAST_MOMENT = 2.0
"""Seconds that contacts in progress have to end when a campaign is interrupted."""


class CampaignRunner:
    """One pass over a campaign's contacts.

    :param campaign: what the contacts share.
    :param client: the client.
    :param report: is called with the result of each contact, in the order in which they end.
    :param done: what earlier attempts have done; ``None`` where there were none.
    :param availability: holds the campaign back while no agent is available; ``None`` where none is needed.
    """

    def __init__(
        self,
        campaign: Campaign,
        client: AsyncClient,
        report: Callable[[Result], None],
        *,
        done: Checkpoint | None = None,
        availability: AgentAvailability | None = None,
    ) -> None:
        self._campaign = campaign
        self._client = client
        self._report = report
        self._done = done
        self._searches = TaskSearches(client)
        self._workers = campaign.concurrency * (1 + _ASIDE)
        self._places = Places(campaign.concurrency)
        self._availability = availability
        self.sender_check = SenderCheck(client)
        self._policies = PolicyCheck(campaign, client)
        self._lines = Lines(self._places.aside)
        self._named = NamedResources(client, may_join=campaign.spec.on_open_conversation == "join")
        self.progress = Progress()
        self._row_queue: RowQueue | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._at_work: list[asyncio.Task[None]] = []
        self.stopped = False
        self.interrupted = False
        self._is_warned = False
        self.clock = client.clock
        self.last_started = 0
        """The line of the last contact that was started; contacts are started in the order of their lines."""

    async def go(self, rows: Rows, *, waits_for_receipts: bool = False) -> Progress:
        """Process every contact, or stop early; contacts that were started are finished in any case.

        :param rows: the contacts, which are read in a thread of their own, in pieces.
        :param waits_for_receipts: whether all receipts are waited for once every contact has ended; then the
            senders are not waited for here.
        :raises FlexoutError: when something is wrong for all contacts, such as the password or a missing
            column.
        """
        if self._campaign.rules.hours or "not_before" in self._campaign.columns:
            await self._ask_the_time()
        self._loop, reader = asyncio.get_running_loop(), ThreadPoolExecutor(max_workers=1)
        self._row_queue = row_queue = RowQueue(rows, reader)
        self._at_work = workers = [asyncio.create_task(self._work(row_queue)) for _ in range(self._workers)]
        check = asyncio.create_task(self.sender_check.run(self.begin_no_more))
        try:
            ended = await asyncio.gather(*workers, return_exceptions=True)
            if not self.interrupted:
                await row_queue.close()
            check.cancel()  # or two would look at once
            if not self.stopped and not (waits_for_receipts and self.is_complete):
                self._at_work = [asyncio.create_task(self.sender_check.conclude())]
                ended += await asyncio.gather(*self._at_work, return_exceptions=True)
                self.stopped = self.interrupted or self.refused is not None
        finally:
            check.cancel()
            reader.shutdown(wait=not self.interrupted, cancel_futures=True)
            self._policies.close(wait=not self.interrupted)
        for problem in filter(None, ended):
            if not isinstance(problem, asyncio.CancelledError):
                raise problem
        return self.progress

    async def _ask_the_time(self) -> None:
        """Ask Twilio for the time before the first contact window is checked against it."""
        try:
            await self._client.send(list_conversations(page_size=1))
        except TwilioError as error:
            if concerns_everybody(error):
                raise
            log.debug("Contact windows are judged by this machine's clock until Twilio responds: %s", error)

    def begin_no_more(self) -> None:
        """Start no further contact; those in progress are finished."""
        self.stopped = True

    @property
    def refused(self) -> DeliveryFailed | None:
        """Why it was stopped, where the reason is a sender that may not send."""
        return self.sender_check.failure

    def interrupt(self) -> None:
        """Start no further contact, give those in progress two seconds, and end.

        This may be called from any thread. A contact that is cut off is in the state that a killed task
        leaves, which the next try resumes.
        """
        self.stopped = self.interrupted = True
        if self._loop:
            with contextlib.suppress(RuntimeError):  # it has ended by now
                self._loop.call_soon_threadsafe(self._cut_off_soon, self._loop)

    def _cut_off_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        for worker in self._at_work:
            loop.call_later(_LAST_MOMENT, worker.cancel)

    async def _work(self, row_queue: RowQueue) -> None:
        try:
            more = True
            while more:
                async with self._places.place():
                    more = not self.stopped and await self._take(row_queue)
        except Exception:
            self.stopped = True
            raise

    async def _take(self, row_queue: RowQueue) -> bool:
        """Process the next contact; return whether to go on."""
        row = await row_queue.next()
        if row is None or self.stopped:  # in the meantime, by another
            return False
        if isinstance(row, Header):
            self._campaign.check_header(row)
            return True
        self.last_started = row.line
        result = await self._end_of(row)
        if result is None:
            return False
        self.progress.add(result)
        self._campaign.count(result, row)
        self._report(result)
        self.stopped = self.stopped or self.progress.exceeds(self._campaign.max_failures)
        return True

    async def _send(self, call: Call[ResourceT], *, priority: bool) -> ResourceT:
        if not terms_of(call):
            return await self._client.send(call, priority=priority)
        async with self._places.aside():
            return await self._searches.send(call)

    async def _step_aside(self, seconds: float) -> None:
        async with self._places.aside():
            await asyncio.sleep(seconds)

    def share_of(self, rows: Rows) -> float | None:
        """Compute what share of the contacts has ended; ``None`` where that is not known.

        :param rows: the contacts, of which more have been read than have ended.
        """
        share = rows.share()
        if share is None or self._row_queue is None or not self._row_queue.read:
            return None
        return min(1.0, share * self.progress.ended / self._row_queue.read)

    @property
    def hold(self) -> Hold | None:
        """When to look again, where no agent was available."""
        return self._availability.held if self._availability else None

    @property
    def is_complete(self) -> bool:
        """Whether no contact is left to a later try, or to the end of a hold."""
        is_left = self.progress.held_until or (self.progress.passing_failures and not self._campaign.last_try)
        return not (self.stopped or self.hold or is_left)

    async def _end_of(self, row: Row | BrokenRow) -> Result | None:
        """Process one contact; what is wrong with it fails this contact only.

        :returns: ``None`` where no agent is available, so that the contact is left to a later try.
        """
        if isinstance(row, BrokenRow):
            return Result(row.line, None, ContactOutcome.INVALID, row.problem)
        shown = None
        try:
            contact = contact_of(row, self._campaign.columns)
            shown = contact.shown
            return await self._reach(contact)
        except (Duplicate, ContactedAlready) as duplicate:
            return Result(row.line, shown, ContactOutcome.DUPLICATE, str(duplicate))
        except (InvalidInput, KeyReused) as error:
            if getattr(error, "argument", None) == "suppression":
                raise  # the list cannot be read, so it is not known for any row whether it is on it
            return Result(row.line, shown, ContactOutcome.INVALID, str(error))
        except AlreadyTalking as error:
            left_alone = self._campaign.spec.on_open_conversation == "skip"
            outcome = ContactOutcome.SUPPRESSED if left_alone else ContactOutcome.FAILED
            return Result(row.line, shown, outcome, str(error))
        except FlexoutError as error:
            if isinstance(error, NobodyAvailable) or concerns_everybody(error):
                raise
            return Result(row.line, shown, ContactOutcome.FAILED, str(error), lasting=error.permanent)

    async def _reach(self, contact: Contact) -> Result | None:
        request, draft = self._campaign.outreach_of(contact)
        async with self._lines.place(contact, request):
            return await self._reach_person(contact, request, draft)

    async def _reach_person(
        self, contact: Contact, request: InteractionRequest, draft: MessageDraft
    ) -> Result | None:
        without_agent = isinstance(request, ConversationRequest)
        known = await self._done.take(request) if self._done and not without_agent else None
        if known:
            opened, message_sid = known
            self.sender_check.add(request, opened.conversation_sid, message_sid, created=False)
            return Result(contact.line, contact.shown, ContactOutcome.ADOPTED, None, *known)
        conversation_sid = None
        if self._done and without_agent:
            conversation_sid = await self._done.take_conversation(request)
        await self._named.check(request, draft)
        if self._availability and not await self._availability.wait(request):
            return None
        decision = await self._policies.decide(request, contact)
        if isinstance(decision, Skip):
            reason = f"{decision.reason}: {decision.why}"
            return Result(contact.line, contact.shown, ContactOutcome.SUPPRESSED, reason)
        if isinstance(decision, Hold):
            until = decision.until
            return Result(contact.line, contact.shown, ContactOutcome.HELD, decision.why, held_until=until)
        return await self._contact(contact, request, draft, conversation_sid)

    async def _contact(
        self,
        contact: Contact,
        request: InteractionRequest,
        draft: MessageDraft,
        conversation_sid: str | None,
    ) -> Result:
        procedure = reach_once(
            request,
            draft,
            on_open_conversation=self._campaign.spec.on_open_conversation,
            conversation_sid=conversation_sid,
        )
        reached = await self._client.run(procedure, sleep=self._step_aside, send=self._send)
        await self._warn_of_nobody(request, reached)
        sent = reached.message
        self.sender_check.add(request, sent.conversation_sid, sent.message_sid, created=sent.created)
        if self._done and not reached.created and not reached.joined:
            self._done.was_found_by_name()
        return _success(contact, reached)

    async def _warn_of_nobody(
        self, request: InteractionRequest | ConversationRequest, reached: ReachedContact
    ) -> None:
        """Warn once if no agent is there; all contacts of a campaign have the same routing."""
        if self._is_warned or self._availability or isinstance(request, ConversationRequest):
            return
        if reached.created:
            self._is_warned = True
            await self._client.run(warn_of_nobody(request.routing, self._campaign.defaults.queue_sid))


def _success(contact: Contact, reached: ReachedContact) -> Result:
    outcome = ContactOutcome.OPENED if reached.created else ContactOutcome.ADOPTED
    if reached.joined:
        outcome = ContactOutcome.JOINED
    return Result(contact.line, contact.shown, outcome, None, reached.opened, reached.message.message_sid)
