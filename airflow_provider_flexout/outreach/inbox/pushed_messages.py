"""Which of the messages that Twilio pushed are customers' replies to an outreach."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.inbox.customers import CustomerIndex
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation
from airflow_provider_flexout.twilio.http.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from airflow_provider_flexout.outreach.events.event import Event
    from airflow_provider_flexout.twilio.http.call import Procedure


class ReplyChooser:
    """Chooses the messages that customers wrote in conversations of an outreach, each once.

    This takes two requests for each conversation that a message came from, whatever its author: one for the
    outreach's record, one for the participants. If there is a record, their results are remembered. An event
    that names its source has been chosen before, and costs none. A message from somebody who does not take
    part, such as one sent through REST, costs none either.
    """

    def __init__(self) -> None:
        self._sources: dict[str, dict[str, Any] | None] = {}
        self._customers = CustomerIndex()

    def choose(self, events: Iterable[Event]) -> Procedure[list[Event]]:
        """Choose among some events.

        :param events: in any order.
        :returns: the oldest first, with the source of each as the record has it.
        """
        found: dict[str, Event] = {}
        for event in events:
            known = found.get(str(event.message_sid))
            if is_message(event) and (known is None or known.source is None):
                found[str(event.message_sid)] = event
        by_conversation: dict[str, list[Event]] = {}
        for event in found.values():
            by_conversation.setdefault(str(event.conversation_sid), []).append(event)
        chosen: list[Event] = []
        for conversation_sid, messages in by_conversation.items():
            chosen += [one for one in messages if one.source is not None]
            unknown = [one for one in messages if one.source is None and _may_be_customers(one)]
            if unknown:
                chosen += yield from self._choose(conversation_sid, unknown)
        return sorted(chosen, key=lambda one: (one.time.timestamp() if one.time else 0.0, one.index or 0))

    def _choose(self, conversation_sid: str, messages: list[Event]) -> Procedure[list[Event]]:
        authors = {one.participant_sid for one in messages if one.participant_sid}
        try:
            if conversation_sid not in self._sources:
                conversation = yield fetch_conversation(conversation_sid)
                record = conversation.attribute_object.get(durable.RECORD_ATTRIBUTE)
                if not durable.record_key(record):
                    return []  # not of an outreach
                self._sources[conversation_sid] = durable.record_source(record)
            customers = yield from self._customers.among(conversation_sid, authors)
        except NotFound:
            return []  # deleted since
        source = self._sources[conversation_sid]
        return [
            replace(one, source=source)
            for one in messages
            if one.participant_sid is None or one.participant_sid in customers
        ]


def is_message(event: Event) -> bool:
    """Say whether an event is of a message that somebody wrote.

    :param event: any.
    """
    return event.kind in (durable.PUSHED_REPLY, durable.PUSHED_MESSAGE)


def _may_be_customers(message: Event) -> bool:
    """Say whether a customer may have written it: one who takes part, or has a customer's address."""
    return message.participant_sid is not None or message.kind == durable.PUSHED_REPLY
