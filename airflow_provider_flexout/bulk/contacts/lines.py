"""Which line of a campaign contacts whom: a person is contacted once, whatever ids their lines have."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import person_of
from airflow_provider_flexout.outreach.errors import InvalidInput, KeyReused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from airflow_provider_flexout.bulk.contacts.contact import Contact
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest

_PERSON = "person"


class Duplicate(Exception):
    """An earlier line contacts the same person."""


class Lines:
    """The lines of one pass over a campaign that can be used, by their person and by their id.

    An id names a contact: it is part of the keys. Who is contacted is told by the address alone, in any of
    its forms and on any channel. Of both, eight bytes of a digest are kept.

    :param aside: gives the block in which a line waits for the end of an earlier one.
    """

    def __init__(self, aside: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        self._aside = aside
        self._lines: dict[bytes, int] = {}
        self._queues: dict[bytes, deque[asyncio.Future[None]]] = {}
        """The lines that wait for what a line in progress holds."""

    @asynccontextmanager
    async def place(self, contact: Contact, request: InteractionRequest) -> AsyncIterator[None]:
        """Reserve a line's person and id within the block, and afterwards too unless the line is invalid.

        Whether a line can be used may show only when Twilio is asked about what it names. Until then, a later
        line of the same person waits, and contacts them if this one cannot.

        :param contact: the contact.
        :param request: its outreach.
        :raises Duplicate: when an earlier line contacts the same person.
        :raises InvalidInput: when an earlier line has the same id or key, for another person.
        """
        names = names_of(contact, request)
        with ExitStack() as held:
            for digest in names.values():  # in this order, so that no two lines wait for each other
                await self._wait_for(digest)
                held.callback(self._hand_over, digest)
            self._check(names)
            self._lines |= dict.fromkeys(names.values(), contact.line)
            try:
                yield
            except (InvalidInput, KeyReused):
                for digest in names.values():
                    del self._lines[digest]
                raise

    async def _wait_for(self, digest: bytes) -> None:
        queue = self._queues.get(digest)
        if queue is None:
            self._queues[digest] = deque()
            return
        future = asyncio.get_running_loop().create_future()
        queue.append(future)
        async with self._aside():
            await future

    def _hand_over(self, digest: bytes) -> None:
        queue = self._queues[digest]
        while queue:
            future = queue.popleft()
            if not future.cancelled():
                future.set_result(None)
                return
        del self._queues[digest]

    def _check(self, names: dict[str, bytes]) -> None:
        for name, digest in names.items():
            line = self._lines.get(digest)
            if line and name == _PERSON:
                raise Duplicate(
                    f"the same person as line {line}; a person is contacted once, on one channel."
                )
            if line:
                raise InvalidInput(name, f"is in line {line} already, which contacts another person.")


def names_of(contact: Contact, request: InteractionRequest) -> dict[str, bytes]:
    """Give the digests of what only one line of a campaign may have: person, id, and a key of its own.

    :param contact: the contact.
    :param request: its outreach.
    """
    person = person_of(request.address or request.identity or contact.given["to"])
    texts = {_PERSON: f"person {person}", "id": f"id {contact.id}"}
    if own := contact.own.get("idempotency_key"):
        texts["idempotency_key"] = f"key {own}"
    return {name: hashlib.blake2b(text.encode(), digest_size=8).digest() for name, text in texts.items()}
