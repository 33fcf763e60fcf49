"""Routing a conversation that exists already, such as one that a customer began.

It has no name of ours to be found by, but it is there before and after, so its attributes can hold
the mark, and Twilio lets a conversation have one interaction channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import AlreadyTalking, ConversationEnded
from airflow_provider_flexout.outreach.interaction.conversation_first import ConversationFirst
from airflow_provider_flexout.outreach.interaction.lookup import find_task
from airflow_provider_flexout.outreach.interaction.reconciliation import LEASE_TTL, Lease
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.outreach.interaction.recording import adopted, record
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation
from airflow_provider_flexout.twilio.http.errors import NotFound

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.interaction.request import InteractionResult
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure


class ExistingConversation(ConversationFirst):
    """One attempt at routing a conversation that was given by its SID.

    Two first attempts at the same moment are told apart by Twilio alone, which takes one interaction for a
    conversation; every later attempt settles as elsewhere.
    """

    def _name_conversation(self) -> Procedure[Conversation | None]:
        try:
            conversation: Conversation = yield fetch_conversation(str(self._opening.conversation_sid))
        except NotFound as gone:
            raise ConversationEnded(
                f"There is no conversation {self._opening.conversation_sid} in this account, or not any more."
            ) from gone
        return conversation

    def _open_in(self, conversation: Conversation) -> Procedure[InteractionResult]:
        mark = OutreachRecord.read(conversation.attribute_object)
        ours = mark is not None and mark.key == self._opening.key
        known = mark.opened(conversation.sid) if mark else None
        if known and ours:
            return adopted(known)
        found = known or (yield from find_task(self._opening, conversation.sid))
        if found and ours:
            return (yield from record(self._opening, conversation, found, self._attempt))
        if conversation.state == "closed":
            raise ConversationEnded(f"Conversation {conversation.sid} is closed and cannot be routed again.")
        if found:
            raise AlreadyTalking(conversation.sid, "The customer")
        if not ours:
            claim = Lease(self._clock(), LEASE_TTL)
            attributes = new_record(self._opening, self._attempt, within=LEASE_TTL).write_into(
                conversation.attribute_object
            )
            yield update_conversation(conversation.sid, attributes=attributes)
            self._claim = claim
        return (yield from self._route(conversation))

    def _leave_nothing(self, conversation: Conversation) -> Procedure[None]:
        """Leave the conversation alone: it was there before."""
        yield from ()
