"""What earlier attempts at a campaign have done, read back from Twilio page by page.

A page costs one request and lists a hundred conversations, which may all belong to somebody else. A contact
that is done, but not on the pages read so far, is found by its name, which costs two requests. After the
first pages, no more requests are spent on pages than were spent on names. So looking never costs much more
than twice what names alone would cost, whatever else the account does.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import RecordDamaged, RecordTooNew
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.twilio import metrics
from airflow_provider_flexout.twilio.api.conversations import list_conversations
from airflow_provider_flexout.twilio.http.errors import TwilioError
from airflow_provider_flexout.twilio.http.pagination import next_page

if TYPE_CHECKING:
    from datetime import datetime

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.api.conversations import Conversation, ConversationPage
    from airflow_provider_flexout.twilio.http.call import Call
    from airflow_provider_flexout.twilio.http.client import AsyncClient

FREE_PAGES = 20
"""Pages that are read before any contact has been found by its name."""
_PAGES_FOR_A_NAME = 2

log = logging.getLogger(__name__)


class Checkpoint:
    """The outreaches that have their first message, as far as they were read; each is given once.

    :param client: the client.
    :param since: the first day of which conversations are listed.
    """

    def __init__(self, client: AsyncClient, since: datetime) -> None:
        self._client = client
        self._next: Call[ConversationPage] | None = list_conversations(
            start_date=f"{since:%Y-%m-%d}T00:00:00Z"
        )
        self._pages_left = FREE_PAGES
        self._known: dict[int, bytes] = {}
        self._without_agent: dict[int, bytes] = {}
        self._reading = asyncio.Lock()

    async def take(self, request: InteractionRequest) -> tuple[InteractionResult, str] | None:
        """Give the SIDs of an outreach that is done, and of its message, and forget them.

        :param request: the outreach.
        :returns: ``None`` where nothing is known; then its name tells whether it is done.
        :raises TwilioError: when the credentials are refused.
        """
        packed = await self._look_up(request, self._known)
        taken = _unpacked(packed, request) if packed else None
        if taken:
            metrics.count_outreach(request.channel_type, created=False)
        return taken

    async def take_conversation(self, request: InteractionRequest) -> str | None:
        """Give an outreach's conversation without an agent, and forget it; it may lack its first message.

        :param request: the outreach.
        :returns: ``CH…``; ``None`` where it must be looked up by its name.
        :raises TwilioError: when the credentials are refused.
        """
        packed = await self._look_up(request, self._without_agent)
        if packed is None or packed[:8].hex() != request.fingerprint:
            return None
        return "CH" + packed[8:].hex()

    async def _look_up(self, request: InteractionRequest, known: dict[int, bytes]) -> bytes | None:
        name = _digest(request.key)
        while name not in known and await self._read_on(name, known):
            pass
        return known.pop(name, None)

    def was_found_by_name(self) -> None:
        """Record that an outreach was found by its name, which allows for two more pages."""
        self._pages_left += _PAGES_FOR_A_NAME

    async def _read_on(self, name: int, known: dict[int, bytes]) -> bool:
        """Read another page; return whether to look again."""
        async with self._reading:
            if name in known:  # another contact has read it
                return True
            if self._next is None or self._pages_left <= 0:
                return False
            self._pages_left -= 1
            try:
                page = await self._client.send(self._next)
            except TwilioError as error:
                if error.status == HTTPStatus.UNAUTHORIZED:
                    raise  # the others that wait get the same error
                self._next = None
                log.warning("Conversations cannot be listed, so each is looked up by its name: %s", error)
                return False
            for conversation in page.items:
                self._note(conversation)
            self._next = next_page(self._next, page)
            return True

    def _note(self, conversation: Conversation) -> None:
        try:
            record = OutreachRecord.read(conversation.attribute_object)
            opened = record.result(conversation.sid) if record else None
            if record and record.on_reply:
                packed = bytes.fromhex(record.fingerprint) + bytes.fromhex(conversation.sid[2:])
                self._without_agent[_digest(record.key)] = packed
            if record and opened and record.first_message_sid:
                self._known[_digest(record.key)] = _packed(
                    record.fingerprint, opened, record.first_message_sid
                )
        except (ValueError, TypeError, RecordDamaged, RecordTooNew):
            log.debug("The record of %s cannot be read, so it is looked up by its name.", conversation.sid)


# In this form, 100,000 of them take 29 MB (measured).
_WIDTH = 18


def _digest(key: str) -> int:
    return int(key[2:18], 16)


def _packed(fingerprint: str, opened: InteractionResult, message_sid: str) -> bytes:
    """Write an outreach in 117 bytes and its channel's name.

    :raises ValueError: when a value does not have the form that this provider writes.
    """
    sids = [*(getattr(opened, name) for name in durable.RESULT_SIDS), message_sid]
    halves = [sid[:2].encode() + bytes.fromhex(sid[2:]) if sid else bytes(_WIDTH) for sid in sids]
    packed = bytes.fromhex(fingerprint) + b"".join(halves)
    if len(packed) != 8 + len(sids) * _WIDTH:
        raise ValueError
    return packed + opened.channel_type.encode()


def _unpacked(packed: bytes, request: InteractionRequest) -> tuple[InteractionResult, str] | None:
    """Read the packed outreach; ``None`` where another outreach has the same key."""
    if packed[:8].hex() != request.fingerprint:
        return None
    ends = range(8, 8 + (len(durable.RESULT_SIDS) + 1) * _WIDTH, _WIDTH)
    halves = [packed[begin : begin + _WIDTH] for begin in ends]
    *sids, message = [half[:2].decode() + half[2:].hex() if any(half) else None for half in halves]
    opened = InteractionResult(
        **dict(zip(durable.RESULT_SIDS, sids, strict=True)),  # type: ignore[arg-type]
        channel_type=packed[ends.stop :].decode(),
        created=False,
    )
    return opened, str(message)
