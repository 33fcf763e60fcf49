"""Removing what is left of an outreach that failed, or that somebody has given up."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.agents.close import close_once
from airflow_provider_flexout.outreach.errors import ConversationEnded, InteractionFailed
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.waiters.stages import InteractionWaiter
from airflow_provider_flexout.twilio.api.conversations import (
    delete_conversation,
    fetch_conversation,
    list_participants,
)
from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.http.errors import FlexoutError, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

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

    Such a conversation holds the customer's pair of addresses, and no agent looks there. It stays if there is
    a message in it, if an agent was there, or if this outreach did not create it: it was given, or joined.

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
    except NotFound as error:
        return error.outcome_unknown  # the request to delete it: it was carried out, its response lost
    except FlexoutError as error:
        log.warning("Conversation %s stays: %s", result.conversation_sid, error)
        return False
    log.info("Deleted conversation %s, which no agent will have.", conversation.sid)
    return True


def withdraw(result: InteractionResult, source: Mapping[str, Any]) -> Procedure[bool]:
    """Take an outreach back from the agents, as long as nothing was said in it.

    Its interaction is closed, which ends the agent's task, and its conversation is deleted, so that clearing
    starts over once Twilio has deleted that task. It stays when there is a message in it, and when another
    task opened it.

    :param result: its SIDs.
    :param source: the DAG, run, task and map index for which it is taken back.
    :returns: whether it was.
    :raises FlexoutError: when Twilio refuses it.
    """
    conversation = yield fetch_conversation(result.conversation_sid)
    record = OutreachRecord.read(conversation.attribute_object)
    if result.interaction_sid is None or record is None or record.source != source:
        return False
    messages = yield list_messages(conversation.sid, page_size=1)
    if messages.items:
        log.warning("Conversation %s stays with its agent: something was said in it.", conversation.sid)
        return False
    yield from close_once(result.interaction_sid, result.channel_sid, "completed")
    with suppress(NotFound):
        yield delete_conversation(conversation.sid)
    log.info("Took back interaction %s, in which nothing was said.", result.interaction_sid)
    return True
