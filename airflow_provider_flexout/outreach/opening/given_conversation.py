"""Routing a conversation that exists already, such as one that a customer began.

It has no name of ours to be found by, but it is there before and after, so its attributes can hold
the mark, and Twilio lets a conversation have one interaction channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import AlreadyTalking, ConversationEnded
from airflow_provider_flexout.outreach.opening.conversation_first import ConversationFirst
from airflow_provider_flexout.outreach.opening.finding import find_task
from airflow_provider_flexout.outreach.opening.marks import Mark, mark_of
from airflow_provider_flexout.outreach.opening.recording import adopted, record
from airflow_provider_flexout.outreach.opening.settling import CLAIM
from airflow_provider_flexout.twilio.conversations import fetch_conversation, update_conversation

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.opening.request import Opened
    from airflow_provider_flexout.twilio.call import Procedure
    from airflow_provider_flexout.twilio.conversations import Conversation


class GivenConversation(ConversationFirst):
    """One attempt at routing a conversation that was given by its SID."""

    def _name_conversation(self) -> Procedure[Conversation | None]:
        conversation: Conversation = yield fetch_conversation(str(self._opening.conversation_sid))
        return conversation

    def _open_in(self, conversation: Conversation) -> Procedure[Opened]:
        mark = Mark.read(conversation.attribute_object)
        ours = mark is not None and mark.key == self._opening.key
        known = mark.opened(conversation.sid) if mark and ours else None
        if known:
            return adopted(known)
        found = yield from find_task(self._opening, conversation.sid)
        if found and ours:
            return (yield from record(self._opening, conversation, found, self._attempt))
        if found:
            raise AlreadyTalking(conversation.sid, "The customer")
        if conversation.state == "closed":
            raise ConversationEnded(f"Conversation {conversation.sid} is closed and cannot be routed again.")
        if not ours:
            claim = mark_of(self._opening, self._attempt, within=CLAIM)
            self._claimed_at = self._clock()
            yield update_conversation(
                conversation.sid, attributes=claim.written_into(conversation.attribute_object)
            )
            self._owns_claim = True
        return (yield from self._route(conversation))

    def _leave_nothing(self, conversation: Conversation) -> Procedure[None]:
        """Leave the conversation alone: it was there before."""
        yield from ()
