"""Whether the messages of a campaign have arrived.

Receipts are read with one request per message, a hundred messages at a time. A message is looked at for the
first time while the campaign still runs, some seconds after it was sent, when most have arrived. What is left
is looked at in rounds that come ever less often.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.delivery import MessageDelivery, read_delivery
from airflow_provider_flexout.outreach.errors import DeliveryFailed
from airflow_provider_flexout.twilio import metrics
from airflow_provider_flexout.twilio.http.codes import SENDER_CODES
from airflow_provider_flexout.twilio.http.errors import NotFound, TwilioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from airflow_provider_flexout.bulk.progress import Progress
    from airflow_provider_flexout.bulk.result import Result
    from airflow_provider_flexout.outreach.waiters import PollSchedule
    from airflow_provider_flexout.twilio.http.client import AsyncClient

DELIVERY_CHOICES = ("queued", "sent", "delivered")
FIRST_LOOK_AFTER = 10.0
"""Seconds from sending a message to the first look at it, while the campaign runs."""
_PAGE = 100
_OF_AN_XCOM = 1_000
"""Messages in one XCom."""

log = logging.getLogger(__name__)


class SentContact(NamedTuple):
    """A contact whose message is waited for; the fields are those of ``durable.UNCONFIRMED_FIELDS``.

    :param line: the line or number of the row.
    :param outcome: how the contact ended.
    :param conversation_sid: ``CH…``.
    :param message_sid: ``IM…``.
    """

    line: int
    outcome: str
    conversation_sid: str
    message_sid: str


class Deliveries:
    """The messages of a campaign, and what became of them.

    :param until: the stage to wait for, ``sent`` or ``delivered``.
    :param progress: where a message that does not arrive is counted.
    :param max_failures: how many contacts may fail; ``None`` for any number.
    :param unconfirmed: the messages that are waited for, when a task resumes.
    """

    def __init__(
        self,
        until: str,
        progress: Progress,
        max_failures: float | None,
        unconfirmed: Iterable[SentContact] = (),
    ) -> None:
        self.unconfirmed = {one.line: one for one in unconfirmed}
        """By line, the contacts whose message has neither arrived at the stage nor failed."""
        self.found: dict[int, MessageDelivery] = {}
        """By line, what the last look at each message showed."""
        self.reasons: dict[int, str] = {}
        """By line, why a message did not arrive."""
        self.refused: DeliveryFailed | None = None
        """What is wrong with a sender, once that is known."""
        self._until = until
        self.progress = progress
        """The counts of the campaign."""
        self._max_failures = max_failures
        self._new: deque[tuple[float, int]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._interruption = asyncio.Event()
        self.is_interrupted = False

    def add(self, result: Result) -> None:
        """Take a contact that has a message.

        :param result: how it ended; a contact without a message is passed over.
        """
        if result.opened and result.message_sid:
            sent = (result.outcome.value, result.opened.conversation_sid, result.message_sid)
            self.unconfirmed[result.line] = SentContact(result.line, *sent)
            self._new.append((time.monotonic(), result.line))

    @property
    def has_failed(self) -> bool:
        """Whether the campaign has failed: a sender may not send, or too many contacts have failed."""
        return self.refused is not None or self.progress.exceeds(self._max_failures)

    async def look_while_running(self, client: AsyncClient, stop: Callable[[], None]) -> None:
        """Look once at each new message, until the campaign has failed or this is cancelled.

        :param client: the client.
        :param stop: is called when the campaign has failed.
        """
        while not self.has_failed:
            await asyncio.sleep(1.0)
            ripe = time.monotonic() - FIRST_LOOK_AFTER
            lines: list[int] = []
            while self._new and self._new[0][0] <= ripe and len(lines) < _PAGE:
                lines.append(self._new.popleft()[1])
            await self._look_at(client, [self.unconfirmed[line] for line in lines])
        stop()

    async def look(self, client: AsyncClient) -> None:
        """Look once at each message that is waited for, unless the campaign has failed.

        :param client: the client.
        """
        waiting = list(self.unconfirmed.values())
        for first in range(0, len(waiting), _PAGE):
            if self.has_failed or self.is_interrupted:
                return
            await self._look_at(client, waiting[first : first + _PAGE])

    async def wait(self, client: AsyncClient, schedule: PollSchedule) -> None:
        """Look in rounds until nothing is waited for, the campaign has failed or the time is over.

        :param client: the client.
        :param schedule: when to look, and until when.
        """
        self._loop = asyncio.get_running_loop()
        await self.look(client)
        while self.unconfirmed and not self.has_failed and not schedule.is_over(time.time()):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._interruption.wait(), schedule.pause(time.time()))
            if self.is_interrupted:
                return
            await self.look(client)

    def interrupt(self) -> None:
        """End the wait. This may be called from any thread."""
        self.is_interrupted = True
        if self._loop:
            with contextlib.suppress(RuntimeError):  # it has ended by now
                self._loop.call_soon_threadsafe(self._interruption.set)

    async def _look_at(self, client: AsyncClient, sent: Sequence[SentContact]) -> None:
        looks = (self._look_at_one(client, one) for one in sent)
        problems = [one for one in await asyncio.gather(*looks, return_exceptions=True) if one is not None]
        for problem in problems:
            raise problem

    async def _look_at_one(self, client: AsyncClient, sent: SentContact) -> None:
        try:
            delivery = await client.run(read_delivery(sent.conversation_sid, sent.message_sid))
        except NotFound:
            log.warning("Message %s was deleted before its receipt was read.", sent.message_sid)
            self.unconfirmed.pop(sent.line, None)
            return
        except TwilioError as error:
            if error.status == HTTPStatus.UNAUTHORIZED:
                raise
            log.debug("Could not read the receipts of message %s: %s", sent.message_sid, error)
            return  # the next round looks again
        self.found[sent.line] = delivery
        if delivery.has_failed:
            self._note_failure(sent, delivery)
        if delivery.has_failed or delivery.has_reached(self._until):
            self.unconfirmed.pop(sent.line, None)
            if delivery.status:
                metrics.count("messages", delivery.status)

    def _note_failure(self, sent: SentContact, delivery: MessageDelivery) -> None:
        failure = DeliveryFailed(sent.message_sid, str(delivery.status), delivery.error_code)
        self.reasons[sent.line] = str(failure)
        self.progress.did_not_arrive(sent.line, ContactOutcome(sent.outcome), str(failure))
        if delivery.error_code in SENDER_CODES:
            self.refused = self.refused or failure


def write_pages(deliveries: Deliveries) -> dict[str, Any]:
    """Write the messages that are waited for as XComs of a thousand each, SIDs and outcomes only.

    :param deliveries: the messages.
    """
    waiting = [list(one) for one in deliveries.unconfirmed.values()]
    pages = [waiting[first : first + _OF_AN_XCOM] for first in range(0, len(waiting), _OF_AN_XCOM)]
    return {durable.unconfirmed_page(number): page for number, page in enumerate(pages)}


def read_pages(pages: Iterable[Any]) -> list[SentContact]:
    """Read the messages again.

    :param pages: the XComs, as :func:`write_pages` wrote them.
    """
    return [SentContact(*one) for page in pages for one in page]
