"""Removing what is left of an outreach whose channel failed or whose task was canceled."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import ConversationEnded, InteractionFailed
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.waiters.interaction import InteractionWaiter
from airflow_provider_flexout.twilio.api.conversations import (
    delete_conversation,
    fetch_conversation,
    list_participants,
)
from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.http.errors import FlexoutError, NotFound

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.interaction.request import InteractionResult
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure

log = logging.getLogger(__name__)


def check_unreached(conversation: Conversation) -> Procedure[None]:
    """Refuse to start over where somebody was contacted.

    :param conversation: the outreach's.
    :raises ConversationEnded: when there is a message in the conversation, or an agent took part.
    """
    messages = yield list_messages(conversation.sid, page_size=1)
    participants = yield list_participants(conversation.sid)
    record = OutreachRecord.read(conversation.attribute_object)
    agents = [
        one for one in participants.items if one.identity and not (record and record.is_for(one.identity))
    ]
    if messages.items or agents:
        raise ConversationEnded(
            f"The outreach's conversation {conversation.sid} is {conversation.state}. It holds a message, "
            "or an agent was there, but no interaction of it is known. To contact the customer again, choose "
            "another idempotency_key."
        )


def has_failed(workspace_sid: str, result: InteractionResult) -> Procedure[bool]:
    """Say whether no agent will have this conversation: its channel failed, or its task was canceled.

    :param workspace_sid: ``WS…``.
    :param result: its SIDs.
    """
    sids = (result.interaction_sid, result.channel_sid, result.task_sid)
    if None in sids:
        return False
    for stage in ("active", "assigned"):
        try:
            yield from InteractionWaiter(workspace_sid, *sids, until=stage).poll()  # type: ignore[arg-type]
        except InteractionFailed:
            return True
    return False


def delete_failed(key: str, workspace_sid: str, result: InteractionResult) -> Procedure[bool]:
    """Delete the conversation of an interaction that failed, so that clearing the task starts over.

    It holds the customer's pair of addresses, and no agent looks there. It stays when there is a message in
    it, when an agent was there, and when it is not this outreach's own but was given or joined.

    :param key: the outreach's.
    :param workspace_sid: ``WS…``.
    :param result: its SIDs.
    :returns: whether it was deleted.
    """
    try:
        if not (yield from has_failed(workspace_sid, result)):
            return False
        conversation = yield fetch_conversation(result.conversation_sid)
        if conversation.unique_name != durable.unique_name(key):
            return False
        yield from check_unreached(conversation)
        yield delete_conversation(conversation.sid)
    except NotFound:
        return False
    except FlexoutError as error:
        log.warning("Conversation %s stays: %s", result.conversation_sid, error)
        return False
    log.info("Deleted conversation %s, which no agent will have.", conversation.sid)
    return True
