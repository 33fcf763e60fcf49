"""Whether the sender of a campaign may send at all, which only the receipts of its messages tell.

Twilio accepts a message from a number that is not registered, and lets it fail a moment later. So for each
sender one message at a time is a sample: its receipts are read until there is one, and then those of a later
message. That costs a request every few seconds, however many contacts there are.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, TypeAlias

from airflow_provider_flexout.outreach.errors import DeliveryFailed
from airflow_provider_flexout.twilio.api.messages import list_receipts
from airflow_provider_flexout.twilio.http.codes import SENDER_CODES
from airflow_provider_flexout.twilio.http.errors import FlexoutError
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.http.client import AsyncClient

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds between two looks; the pause grows while all is well."""
LAST_WAIT = 10.0
"""Seconds that a campaign waits at its end for the first receipt of a sender, if there has been none."""

_Sample: TypeAlias = "tuple[str, str]"  # a conversation and its message

_FAILED = ("failed", "undelivered")

log = logging.getLogger(__name__)


class SenderCheck:
    """Reads the receipts of some of a campaign's messages.

    :param client: reaches Twilio.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._samples: dict[str, _Sample] = {}  # by sender
        self._earlier: dict[str, _Sample] = {}  # of earlier tries, for a sender that has nothing new to show
        self._good: set[str] = set()
        self._new: set[str] = set()
        self.failure: DeliveryFailed | None = None
        """What is wrong with a sender, once that is known."""

    def add(
        self, request: InteractionRequest, conversation_sid: str, message_sid: str, *, created: bool
    ) -> None:
        """Take a message as the sample of its sender, if it has none at present.

        :param request: the contact's outreach.
        :param conversation_sid: ``CH…``.
        :param message_sid: ``IM…``.
        :param created: whether it was sent by this try.
        """
        if request.proxy_address:
            samples = self._samples if created else self._earlier
            samples.setdefault(request.proxy_address, (conversation_sid, message_sid))
            self._new |= {request.proxy_address} if created else set()

    async def run(self, stop: Callable[[], None]) -> None:
        """Look again and again, until a sender turns out to be refused.

        :param stop: is called then.
        """
        pause = FIRST_PAUSE
        while self.failure is None:
            await asyncio.sleep(pause)
            await self._look()
            pause = min(LONGEST_PAUSE, pause * 1.5)
        stop()

    async def conclude(self) -> None:
        """Wait for the first receipt of each sender that has none yet, but not for long.

        A try that has sent nothing judges by what an earlier one sent: that it ends well should mean that
        somebody was reached.
        """
        self._samples |= {sender: one for sender, one in self._earlier.items() if sender not in self._new}
        deadline = time.monotonic() + LAST_WAIT
        while self._samples.keys() - self._good and self.failure is None and time.monotonic() < deadline:
            await asyncio.sleep(FIRST_PAUSE)
            await self._look()

    async def _look(self) -> None:
        for sender, (conversation_sid, message_sid) in list(self._samples.items()):
            try:
                receipts = await self._client.run(read_pages(list_receipts(conversation_sid, message_sid)))
            except FlexoutError as error:  # the contacts will meet it themselves, if it lasts
                log.debug("Could not read the receipts of message %s: %s", message_sid, error)
                continue
            for one in receipts:
                if one.status in _FAILED and one.error_code in SENDER_CODES:
                    self.failure = DeliveryFailed(message_sid, str(one.status), one.error_code)
                elif one.status not in _FAILED:
                    self._good.add(sender)
            if receipts:
                del self._samples[sender]
