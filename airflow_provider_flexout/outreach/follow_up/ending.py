"""Closing a conversation in which nobody answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.agents.close import close_once
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.call import Procedure


def close_unanswered(conversation_sid: str) -> Procedure[None]:
    """Close a conversation: with its interaction, where this provider opened one, so that no task stays.

    :param conversation_sid: ``CH…``.
    :raises FlexoutError: when Twilio refuses it.
    """
    conversation = yield fetch_conversation(conversation_sid)
    if conversation.state == "closed":
        return
    mark = OutreachRecord.read(conversation.attribute_object)
    sids = (mark.sids or {}) if mark else {}
    interaction_sid = sids.get("interaction_sid")
    if interaction_sid:
        yield from close_once(interaction_sid, sids.get("channel_sid"), "completed")
    else:
        yield update_conversation(conversation_sid, state="closed")
