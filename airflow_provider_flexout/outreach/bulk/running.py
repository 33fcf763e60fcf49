"""Carrying a campaign out: many contacts at once, each to its own end."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.bulk.contact import contact_of
from airflow_provider_flexout.outreach.bulk.reaching import reach_once
from airflow_provider_flexout.outreach.bulk.result import Outcome, Result
from airflow_provider_flexout.outreach.bulk.rows import BrokenRow, Row
from airflow_provider_flexout.outreach.bulk.tally import Tally
from airflow_provider_flexout.outreach.errors import AlreadyTalking, InvalidInput, KeyReused
from airflow_provider_flexout.outreach.gates.decision import Hold, Skip, pass_gates
from airflow_provider_flexout.twilio.errors import FlexoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_provider_flexout.outreach.bulk.campaign import Campaign
    from airflow_provider_flexout.outreach.bulk.contact import Contact
    from airflow_provider_flexout.outreach.bulk.done import Done
    from airflow_provider_flexout.outreach.bulk.reaching import Reached
    from airflow_provider_flexout.outreach.bulk.rows import Rows
    from airflow_provider_flexout.twilio.client import AsyncClient

_BATCH = 200
"""Rows read at a time."""
_ENOUGH = 20
"""Contacts that must have ended before a share of failures means anything."""


class Run:
    """One pass over a campaign's contacts.

    :param campaign: what they share.
    :param client: reaches Twilio.
    :param report: is told each contact's end, in the order in which they come.
    :param done: what earlier attempts have done.
    :param concurrency: how many contacts are at work at once.
    :param max_failures: a number, or a share below 1, above which no further contact is begun.
    """

    def __init__(
        self,
        campaign: Campaign,
        client: AsyncClient,
        report: Callable[[Result], None],
        *,
        done: Done | None = None,
        concurrency: int = 20,
        max_failures: float | None = None,
    ) -> None:
        self._campaign = campaign
        self._client = client
        self._report = report
        self._done = done or {}
        self._concurrency = concurrency
        self._max_failures = max_failures
        self._lines: dict[bytes, int] = {}  # by a digest of the contact's id
        self.tally = Tally()
        self.stopped = False

    async def go(self, rows: Rows) -> Tally:
        """Bring every contact to its end, or stop early.

        :param rows: the contacts; read in a thread of their own, a piece at a time.
        """
        with ThreadPoolExecutor(max_workers=1) as reader:
            supply = _Supply(iter(rows), reader)
            workers = [asyncio.create_task(self._work(supply)) for _ in range(self._concurrency)]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
        return self.tally

    async def _work(self, supply: _Supply) -> None:
        while not self.stopped and (row := await supply.next()):
            result = await self._end_of(row)
            self.tally.add(result)
            self._report(result)
            self.stopped = self.stopped or self._too_many_failures()

    def _too_many_failures(self) -> bool:
        most, tally = self._max_failures, self.tally
        if most is None:
            return False
        if most < 1:
            return tally.ended >= _ENOUGH and tally.failures > most * tally.ended
        return tally.failures > most

    async def _end_of(self, row: Row | BrokenRow) -> Result:
        """Bring one contact to its end; what is wrong with it is its own affair."""
        if isinstance(row, BrokenRow):
            return Result(row.line, None, Outcome.INVALID, row.problem)
        shown = None
        try:
            contact = contact_of(row, self._campaign.columns)
            shown = contact.shown
            self._check_new(contact)
            return await self._reach(contact)
        except (InvalidInput, KeyReused) as error:
            return Result(row.line, shown, Outcome.INVALID, str(error))
        except AlreadyTalking as error:
            left_alone = self._campaign.on_open_conversation == "skip"
            return Result(row.line, shown, Outcome.SUPPRESSED if left_alone else Outcome.FAILED, str(error))
        except FlexoutError as error:
            return Result(row.line, shown, Outcome.FAILED, str(error), lasting=error.permanent)

    def _check_new(self, contact: Contact) -> None:
        digest = hashlib.blake2b(contact.id.encode(), digest_size=8).digest()
        line = self._lines.setdefault(digest, contact.line)
        if line != contact.line:
            raise InvalidInput("id", f"is in line {line} already; a contact is reached once, on one channel.")

    async def _reach(self, contact: Contact) -> Result:
        opening, words = self._campaign.opening(contact), self._campaign.words(contact)
        words.check(validate=False)
        known = self._done.get(opening.key)
        if known and known.fingerprint == opening.fingerprint:
            return Result(contact.line, contact.shown, Outcome.ADOPTED, None, known.opened, known.message_sid)
        gates = self._campaign.gates(opening)
        if gates:
            decision = await self._client.run(pass_gates(gates, datetime.now(timezone.utc)))
            if isinstance(decision, Skip):
                reason = f"{decision.reason}: {decision.why}"
                return Result(contact.line, contact.shown, Outcome.SUPPRESSED, reason)
            if isinstance(decision, Hold):
                return Result(
                    contact.line, contact.shown, Outcome.HELD, decision.why, held_until=decision.until
                )
        procedure = reach_once(opening, words, on_open_conversation=self._campaign.on_open_conversation)
        return _success(contact, await self._client.run(procedure))


def _success(contact: Contact, reached: Reached) -> Result:
    outcome = Outcome.OPENED if reached.created else Outcome.ADOPTED
    if reached.joined:
        outcome = Outcome.JOINED
    return Result(contact.line, contact.shown, outcome, None, reached.opened, reached.said.message_sid)


class _Supply:
    """Rows for many workers, read ahead in a thread so that no file or database stops the loop."""

    def __init__(self, rows: Iterator[Row | BrokenRow], reader: ThreadPoolExecutor) -> None:
        self._rows = rows
        self._reader = reader
        self._ready: deque[Row | BrokenRow] = deque()
        self._lock = asyncio.Lock()

    async def next(self) -> Row | BrokenRow | None:
        """Give the next row, or ``None`` when there is none left."""
        if not self._ready:
            async with self._lock:
                if not self._ready:
                    loop = asyncio.get_running_loop()
                    self._ready.extend(await loop.run_in_executor(self._reader, self._read))
        return self._ready.popleft() if self._ready else None

    def _read(self) -> list[Row | BrokenRow]:
        return list(islice(self._rows, _BATCH))
