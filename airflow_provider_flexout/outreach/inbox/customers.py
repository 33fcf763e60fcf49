"""Which participants of a conversation are customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.inbox.checks import CUSTOMER
from airflow_provider_flexout.twilio.api.conversations import list_participants
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping
    from datetime import datetime
    from typing import Any

    from airflow_provider_flexout.twilio.api.conversations import Participant
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure


def customers_of(participants: list[Participant], levels: Container[str] = CUSTOMER) -> list[Participant]:
    """Choose the customers: the participants with an address.

    In a mail, only those at one of the levels count, so that an out-of-office reply from somebody who got a
    copy is not taken for the customer's. In a chat nobody has an address. There, the customer is the one who
    joined first, since the agent joins only when the task is accepted.

    :param participants: everybody in a conversation.
    :param levels: in a mail, the levels that count.
    """
    addressed = [one for one in participants if (one.messaging_binding or {}).get("address")]
    at_level = [one for one in addressed if is_at(one.messaging_binding, levels)]
    in_chat = [one for one in participants if one.identity and one.date_created]
    return at_level or addressed or sorted(in_chat, key=_joined_at)[:1]


def is_at(messaging_binding: Mapping[str, Any] | None, levels: Container[str] = CUSTOMER) -> bool:
    """Say whether somebody is at one of the levels of a mail; a binding of another channel has no level.

    :param messaging_binding: Twilio's, of one participant.
    :param levels: the levels that count.
    """
    return ((messaging_binding or {}).get("level") or CUSTOMER[0]) in levels


def list_customers(conversation_sid: str, levels: Container[str] = CUSTOMER) -> Procedure[list[Participant]]:
    """Read who the customers in a conversation are.

    :param conversation_sid: ``CH…``.
    :param levels: in a mail, the levels that count.
    """
    return customers_of((yield from read_pages(list_participants(conversation_sid))), levels)


def is_inbound(message: Message, customers: Container[str | None]) -> bool:
    """Say whether a customer wrote a message.

    When a WhatsApp user whose number is in the conversation writes under a user id, Twilio may name no
    participant. Then the form of the author tells.

    :param message: the message.
    :param customers: the SIDs of the customers in its conversation, ``MB…``.
    """
    if message.participant_sid:
        return message.participant_sid in customers
    author = message.author or ""
    return channel_of(author).is_customers_alone(author)


class CustomerIndex:
    """Which authors are customers, looked up once for each author.

    :param levels: in a mail, the levels that count.
    """

    def __init__(self, levels: Container[str] = CUSTOMER) -> None:
        self._levels = levels
        self._is_customer: dict[str, bool] = {}

    def inbound(self, conversation_sid: str, messages: Iterable[Message]) -> Procedure[list[Message]]:
        """Choose the messages that customers wrote; costs a request when somebody writes for the first time.

        :param conversation_sid: ``CH…``, the conversation of all these messages.
        :param messages: in any order, which is kept.
        """
        authors = {one.participant_sid for one in messages if one.participant_sid}
        customers = yield from self.among(conversation_sid, authors)
        return [one for one in messages if is_inbound(one, customers)]

    def among(self, conversation_sid: str, authors: Collection[str]) -> Procedure[set[str]]:
        """Choose the customers among those who write; costs a request when one of them is new.

        :param conversation_sid: ``CH…``.
        :param authors: who takes part in it and has written, ``MB…``.
        """
        if not self._is_customer.keys() >= set(authors):
            customers = {one.sid for one in (yield from list_customers(conversation_sid, self._levels))}
            self._is_customer.update({sid: sid in customers for sid in authors})
        return {sid for sid in authors if self._is_customer[sid]}


def _joined_at(participant: Participant) -> datetime:
    assert participant.date_created is not None  # noqa: S101 - sorted() has only those
    return participant.date_created
