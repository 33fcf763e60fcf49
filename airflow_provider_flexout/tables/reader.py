"""Reading many outreaches at once, as fast as Twilio allows, and a page of a hundred at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.results.flow_tasks import EVENTS_KEPT, find_flow_tasks
from airflow_provider_flexout.outreach.results.read import (
    FORGOTTEN,
    NO_WORKSPACE,
    read_outreach,
    with_handling,
)
from airflow_provider_flexout.outreach.results.selection import read_record
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation
from airflow_provider_flexout.twilio.http.errors import NotFound, RequestRejected
from airflow_provider_flexout.twilio.http.pagination import next_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
    from airflow_provider_flexout.outreach.results.read import OutreachResult, ReadOptions
    from airflow_provider_flexout.outreach.results.rows import OutreachRow
    from airflow_provider_flexout.outreach.results.selection import Selection
    from airflow_provider_flexout.outreach.waiters.outcome import Handling
    from airflow_provider_flexout.tables.spool import Spool
    from airflow_provider_flexout.twilio.api.conversations import Conversation, ConversationPage
    from airflow_provider_flexout.twilio.http.call import Call
    from airflow_provider_flexout.twilio.http.client import AsyncClient

_AT_ONCE = 100
_LOG_EVERY = 10.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What was read.

    :param conversations: how many conversations were looked at, anybody's.
    :param deleted: how many of ours were deleted before they could be read.
    :param unknown_tasks: for how many outreaches the task is not known any more.
    :param first_unknown: the reason for the first of them.
    """

    conversations: int = 0
    deleted: int = 0
    unknown_tasks: int = 0
    first_unknown: str = ""


class Reader:
    """Reads the outreaches of a selection.

    :param client: the client, whose limits pace it.
    :param selection: which outreaches.
    :param options: how each is read.
    :param spool: where the rows are kept.
    """

    def __init__(
        self,
        client: AsyncClient,
        selection: Selection,
        options: ReadOptions,
        spool: Spool,
    ) -> None:
        self.counts = Counts()
        self._client = client
        self._selection = selection
        self._options = options
        self._spool = spool
        self._by_flow: dict[str, OutreachRow] = {}
        self._logged_at = time.monotonic()

    async def read(self) -> Counts:
        """Read all of them.

        :raises InvalidInput: when a conversation that was named is not one of this provider's.
        :raises FlexoutError: when Twilio rejects a request, or cannot be reached.
        """
        async for page in self._pages():
            self.counts.conversations += len(page)
            found = [(one, record) for one in page if (record := self._selection.record_of(one))]
            for result in await asyncio.gather(*(self._read_one(*each) for each in found)):
                if result is None:
                    self.counts.deleted += 1
                    continue
                self._spool.add(result)
                if result.is_routed_by_flow:
                    self._by_flow[result.row.conversation_sid] = result.row
                elif result.unknown_task:
                    self._note_unknown(result.unknown_task)
            self._report()
        if self._by_flow:
            await self._find_flow_tasks()
        return self.counts

    async def _find_flow_tasks(self) -> None:
        """Put what agents did into the rows whose tasks a Studio flow has made."""
        workspace_sid, known_since = self._options.workspace_sid, datetime.now(timezone.utc) - EVENTS_KEPT
        opened = [row.opened_at or known_since for row in self._by_flow.values()]
        found: dict[str, Handling] = {}
        problem = NO_WORKSPACE
        if workspace_sid:
            try:
                found = await self._client.run(find_flow_tasks(workspace_sid, self._by_flow, min(opened)))
                problem = ""
            except RequestRejected as refusal:
                problem = str(refusal)
        for sid, row in self._by_flow.items():
            if sid in found:
                self._spool.replace(with_handling(row, found[sid]))
            elif problem or (row.opened_at or known_since) <= known_since:
                self._note_unknown(problem or FORGOTTEN)

    def _note_unknown(self, why: str) -> None:
        self.counts.unknown_tasks += 1
        self.counts.first_unknown = self.counts.first_unknown or why

    async def _read_one(self, conversation: Conversation, record: OutreachRecord) -> OutreachResult | None:
        return await self._client.run(read_outreach(conversation, record, self._options))

    async def _pages(self) -> AsyncIterator[list[Conversation]]:
        if self._selection.conversations is not None:
            sids = list(dict.fromkeys(self._selection.conversations))
            for first in range(0, len(sids), _AT_ONCE):
                yield await self._fetch(sids[first : first + _AT_ONCE])
            return
        call: Call[ConversationPage] | None = self._selection.first_page()
        while call is not None:
            page = await self._client.send(call)
            yield page.items
            call = next_page(call, page)

    async def _fetch(self, sids: Iterable[str]) -> list[Conversation]:
        found = await asyncio.gather(*map(self._fetch_one, sids))
        return [one for one in found if one is not None]

    async def _fetch_one(self, sid: str) -> Conversation | None:
        try:
            conversation = await self._client.send(fetch_conversation(sid))
        except NotFound:
            self.counts.deleted += 1
            return None
        if read_record(conversation) is None:
            raise InvalidInput("conversations", f"{sid} was not opened by this provider.")
        return conversation

    def _report(self) -> None:
        now = time.monotonic()
        if now - self._logged_at >= _LOG_EVERY:
            self._logged_at = now
            log.info(
                "%s outreaches read, of %s conversations.",
                f"{self._spool.outreaches:,}",
                f"{self.counts.conversations:,}",
            )
