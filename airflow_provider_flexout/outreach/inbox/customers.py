"""Which participants of a conversation are customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.twilio.api.conversations import list_participants
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from airflow_provider_flexout.twilio.api.conversations import Participant
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure


def customers_of(participants: list[Participant]) -> list[Participant]:
    """Choose the customers: who takes part by an address.

    In a chat nobody has an address. There it is who joined first, since the agent joins when the task is
    accepted.

    :param participants: everybody in a conversation.
    """
    addressed = [one for one in participants if (one.messaging_binding or {}).get("address")]
    in_chat = [one for one in participants if one.identity and one.date_created]
    return addressed or sorted(in_chat, key=_joined_at)[:1]


def list_customers(conversation_sid: str) -> Procedure[list[Participant]]:
    """Read who the customers in a conversation are.

    :param conversation_sid: ``CH…``.
    """
    return customers_of((yield from read_pages(list_participants(conversation_sid))))


class CustomerIndex:
    """Which authors are customers, read once for each who writes."""

    def __init__(self) -> None:
        self._is_customer: dict[str, bool] = {}

    def inbound(self, conversation_sid: str, messages: Iterable[Message]) -> Procedure[list[Message]]:
        """Choose the messages that customers wrote; costs a request when somebody writes for the first time.

        :param conversation_sid: ``CH…``, the conversation of all these messages.
        :param messages: in any order, which is kept.
        """
        authors = {one.participant_sid for one in messages if one.participant_sid}
        if authors - self._is_customer.keys():
            customers = {one.sid for one in (yield from list_customers(conversation_sid))}
            self._is_customer.update({sid: sid in customers for sid in authors})
        return [one for one in messages if self._is_customer.get(one.participant_sid or "")]


def _joined_at(participant: Participant) -> datetime:
    assert participant.date_created is not None  # noqa: S101 - sorted() has only those
    return participant.date_created
