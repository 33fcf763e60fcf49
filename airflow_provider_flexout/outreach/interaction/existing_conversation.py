"""Routing a conversation that exists already, such as one that a customer began.

It has no name of ours by which it could be found, but it exists before and after the outreach. So its
attributes hold the record, and Twilio lets it have only one interaction channel. If it began without an
agent, it already has the record of that outreach, which stays as it is; this outreach's record is in an
attribute of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ConversationEnded, conversation_exists
from airflow_provider_flexout.outreach.interaction.conversation_first import ConversationFirst
from airflow_provider_flexout.outreach.interaction.lookup import find_task
from airflow_provider_flexout.outreach.interaction.reconciliation import Lease
from airflow_provider_flexout.outreach.interaction.record import (
    OutreachRecord,
    log_result,
    new_record,
    write_sids,
)
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.interaction.request import InteractionResult
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure


class ExistingConversation(ConversationFirst):
    """One attempt at routing a conversation that was given by its SID.

    Only Twilio separates two first attempts at the same moment: it accepts one interaction for a
    conversation. Every later attempt reconciles as elsewhere.
    """

    def _name_conversation(self) -> Procedure[Conversation | None]:
        with conversation_exists(self._request.conversation_sid):
            conversation: Conversation = yield fetch_conversation(str(self._request.conversation_sid))
        earlier = OutreachRecord.read(conversation.attribute_object)
        if earlier and earlier.on_reply and earlier.key != self._request.key:
            self._keep_record_in(durable.ROUTING_RECORD_ATTRIBUTE)
        return conversation

    def _open_in(self, conversation: Conversation, **_: bool) -> Procedure[InteractionResult]:
        record = OutreachRecord.read(conversation.attribute_object, self._request.record_attribute)
        is_ours = record is not None and record.key == self._request.key
        known = record.result(conversation.sid) if record else None
        if known and is_ours:
            return log_result(known)
        found = known or (yield from find_task(self._request, conversation.sid))
        if found and is_ours:
            return (yield from write_sids(self._request, conversation, found, self._attempt_id))
        if conversation.state == "closed":
            raise ConversationEnded(f"Conversation {conversation.sid} is closed and cannot be routed again.")
        if found:
            raise AlreadyTalking(conversation.sid, "The customer")
        if not is_ours:
            lease = Lease(self._clock(), timing.LEASE_TTL)
            attributes = new_record(self._request, self._attempt_id, lease.ttl).write_into(
                conversation.attribute_object, self._request.record_attribute
            )
            yield update_conversation(conversation.sid, attributes=attributes)
            self._lease = self._reconciliation.written = lease
        return (yield from self._route(conversation))

    def _clean_up(self, conversation: Conversation) -> Procedure[None]:
        """Leave the conversation alone: it was there before."""
        yield from ()
