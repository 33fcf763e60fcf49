"""Whether the sender of a campaign may send at all, which only the receipts of its messages tell.

Twilio accepts a message from a number that is not registered, and lets it fail a moment later. So for each
sender one message at a time is a sample: its receipts are read until they say that it was delivered or that
it failed, and then those of a newer one. A failure that is about the customer says nothing of the sender.
That costs a request every few seconds, however many contacts there are.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from airflow_provider_flexout.outreach.errors import DeliveryFailed
from airflow_provider_flexout.twilio.api.messages import list_receipts
from airflow_provider_flexout.twilio.http.codes import SENDER_CODES
from airflow_provider_flexout.twilio.http.errors import FlexoutError
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.api.messages import Receipt
    from airflow_provider_flexout.twilio.http.client import AsyncClient

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds between two looks; the pause grows while all is well."""
LAST_WAIT = 60.0
"""Seconds that a campaign waits at its end for the first delivery of a sender, if there has been none."""
_KEPT = 100
"""How many messages of a sender may become samples later."""
_LOOKS = 6
"""How often a sample is looked at before another gets its place: a phone that is off delays its receipt."""
_AT_ONCE = 10
"""How many samples that failed because of the customer are passed over within one look."""

_Sample: TypeAlias = "tuple[str, str]"  # a conversation and its message

_FAILED, _DELIVERED = ("failed", "undelivered"), ("delivered", "read")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Sender:
    """What is known of a sender.

    :param sample: the message whose receipts are read.
    :param others: messages that may be the next sample, the newest last.
    :param looks: how often the sample was looked at.
    :param delivers: whether a message of this sender was delivered.
    :param sent: the messages that are on their way, as far as their receipts tell.
    """

    sample: _Sample | None = None
    others: deque[_Sample] = field(default_factory=lambda: deque(maxlen=_KEPT))
    looks: int = 0
    delivers: bool = False
    sent: set[_Sample] = field(default_factory=set)

    def next(self) -> None:
        """Take the newest message as the sample."""
        self.sample, self.looks = (self.others.pop() if self.others else None), 0

    def put_back(self) -> None:
        """Let another message be the sample, and keep this one for later."""
        if self.sample and len(self.others) < _KEPT:
            self.others.appendleft(self.sample)
        self.next()


class SenderCheck:
    """Reads the receipts of some of a campaign's messages.

    :param client: reaches Twilio.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._senders: dict[str, _Sender] = {}
        self._earlier: dict[str, _Sender] = {}  # by messages of earlier tries
        self.failure: DeliveryFailed | None = None
        """What is wrong with a sender, once that is known."""
        self.unconfirmed: list[str] = []
        """At the end, the senders for which no receipt has said whether they may send."""
        self.lost: list[DeliveryFailed] = []
        """The messages, of those looked at, that failed because of their customers."""
        self.is_anybody_reached = True
        """Whether, at the end, a message was delivered or is on its way, or nothing says the opposite."""

    def add(
        self, request: InteractionRequest, conversation_sid: str, message_sid: str, *, created: bool
    ) -> None:
        """Take a message as a possible sample of its sender.

        :param request: the contact's outreach.
        :param conversation_sid: ``CH…``.
        :param message_sid: ``IM…``.
        :param created: whether it was sent by this try.
        """
        if request.proxy_address:
            senders = self._senders if created else self._earlier
            sender = senders.setdefault(request.proxy_address, _Sender())
            sender.others.append((conversation_sid, message_sid))

    async def run(self, stop: Callable[[], None]) -> None:
        """Look again and again, until a sender turns out to be refused.

        :param stop: is called then.
        """
        pause = FIRST_PAUSE
        while self.failure is None:
            await asyncio.sleep(pause)
            for sender in list(self._senders.values()):
                await self._look_at(sender, _LOOKS)
            pause = min(LONGEST_PAUSE, pause * 1.5)
        stop()

    async def conclude(self) -> None:
        """Wait for the first delivery of each sender that has none yet, but not for long.

        A try that has sent nothing judges by what an earlier one sent, since its success should mean that
        somebody was reached.
        """
        senders = self._earlier | self._senders
        deadline, pause = time.monotonic() + LAST_WAIT, FIRST_PAUSE
        was_looked_at = False
        while (waiting := _unconfirmed(senders)) and self.failure is None and time.monotonic() < deadline:
            await asyncio.sleep(pause)
            for name in waiting:
                await self._look_at(senders[name], 1)
            was_looked_at = True
            pause = min(LONGEST_PAUSE, pause * 1.2)
        self.unconfirmed = _unconfirmed(senders)
        is_known = was_looked_at if self.unconfirmed else bool(self.lost)
        if is_known and not any(one.delivers or one.sent for one in senders.values()):
            self.is_anybody_reached = await self._has_earlier_arrived()

    async def _has_earlier_arrived(self) -> bool:
        """Say whether a message of an earlier try has arrived, of senders whose new ones have not."""
        others = [one for name, one in self._earlier.items() if name in self._senders]
        for sample in [sample for one in others for sample in [*one.others][-_AT_ONCE:]]:
            receipts = await self._receipts_of(sample)
            if any(one.status in _DELIVERED for one in receipts or ()):
                return True
        return False

    async def _look_at(self, sender: _Sender, looks: int) -> None:
        """Read the receipts of a sender's sample; a sample that has said what it can makes room.

        :param sender: the sender.
        :param looks: how often a sample that says nothing yet is looked at.
        """
        for _ in range(_AT_ONCE):
            if sender.sample is None:
                sender.next()
            if sender.sample is None or self.failure:
                return
            delivered = await self._was_delivered(sender, sender.sample)
            if delivered is None:
                sender.looks += 1
                if sender.looks >= looks:
                    sender.put_back()
                return
            sender.delivers = sender.delivers or delivered
            sender.sample = None
            if delivered:
                return

    async def _was_delivered(self, sender: _Sender, sample: _Sample) -> bool | None:
        """Say whether a message was delivered or failed because of its customer; ``None`` for neither yet."""
        receipts = await self._receipts_of(sample)
        if receipts is None:
            return None
        sender.sent.discard(sample)
        failed = [one for one in receipts if one.status in _FAILED]
        failures = [DeliveryFailed(sample[1], str(one.status), one.error_code) for one in failed]
        if refused := [one for one in failures if one.code in SENDER_CODES]:
            self.failure = refused[0]
            return False
        if any(one.status in _DELIVERED for one in receipts):
            return True
        if failures:
            self.lost.append(failures[0])
            return False
        if any(one.status == "sent" for one in receipts):
            sender.sent.add(sample)
        return None

    async def _receipts_of(self, sample: _Sample) -> list[Receipt] | None:
        """Read a message's receipts; ``None`` where they cannot be read now."""
        conversation_sid, message_sid = sample
        try:
            return await self._client.run(read_pages(list_receipts(conversation_sid, message_sid)))
        except FlexoutError as error:  # the contacts will meet it themselves, if it lasts
            log.debug("Could not read the receipts of message %s: %s", message_sid, error)
            return None


def _unconfirmed(senders: Mapping[str, _Sender]) -> list[str]:
    """List the senders with messages none of which has shown yet whether the sender may send."""
    return [
        name for name, one in senders.items() if not one.delivers and (one.sample is not None or one.others)
    ]
