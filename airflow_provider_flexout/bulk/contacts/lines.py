"""Which line of a campaign contacts whom: a person is contacted once, whatever ids their lines have."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import person_of
from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from airflow_provider_flexout.bulk.contacts.contact import Contact
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest


class Duplicate(Exception):
    """An earlier line contacts the same person."""


class Lines:
    """The lines of one pass over a campaign that can be used, by their person and by their id.

    An id names a contact: it is part of the keys. Who is contacted is told by the address alone, in any of
    its forms and on any channel. Of both, eight bytes of a digest are kept.
    """

    def __init__(self) -> None:
        self._by_person: dict[bytes, int] = {}
        self._by_id: dict[bytes, int] = {}

    def add(self, contact: Contact, request: InteractionRequest) -> None:
        """Take a line, unless an earlier one contacts the same person or has the same id.

        :param contact: the contact, of which nothing is wrong: a line that cannot be used takes no place.
        :param request: its outreach.
        :raises Duplicate: when an earlier line contacts the same person.
        :raises InvalidInput: when an earlier line has the same id or key, for another person.
        """
        person = _digest(person_of(request.address or request.identity or contact.given["to"]))
        if line := self._by_person.get(person):
            raise Duplicate(f"the same person as line {line}; a person is contacted once, on one channel.")
        names = {"id": _digest(contact.id)}
        if own := contact.own.get("idempotency_key"):
            names["idempotency_key"] = _digest(f"key {own}")
        for name, digest in names.items():
            if line := self._by_id.get(digest):
                raise InvalidInput(name, f"is in line {line} already, which contacts another person.")
        self._by_person[person] = contact.line
        self._by_id |= dict.fromkeys(names.values(), contact.line)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
