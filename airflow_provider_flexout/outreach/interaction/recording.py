"""Writing down what was opened, where every later attempt will look."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from airflow_provider_flexout.twilio.http.errors import TwilioError

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure

log = logging.getLogger(__name__)


def record(
    opening: InteractionRequest,
    conversation: Conversation,
    opened: InteractionResult,
    attempt: str,
    first_message_sid: str | None = None,
) -> Procedure[InteractionResult]:
    """Write the SIDs into the conversation's mark.

    :param opening: the outreach.
    :param conversation: its conversation.
    :param opened: the SIDs.
    :param attempt: who writes.
    :param first_message_sid: the message with its first words.
    :returns: the same SIDs.
    """
    mark = new_record(opening, attempt, within=0.0, opened=opened, first_message_sid=first_message_sid)
    attributes = mark.write_into(conversation.attribute_object)
    try:
        yield update_conversation(conversation.sid, attributes=attributes)
    except TwilioError as error:
        # The SIDs are known, so the task goes on. An agent can have finished and closed it by now.
        log.warning("Could not write the SIDs into conversation %s: %s", conversation.sid, error)
    return log_opened(opened)


def log_opened(opened: InteractionResult) -> InteractionResult:
    """Say in the log what was opened, or that an earlier attempt's result is taken.

    :param opened: the SIDs.
    """
    if not opened.created:
        return adopted(opened)
    log.info(
        "Opened interaction %s, conversation %s, task %s.",
        opened.interaction_sid,
        opened.conversation_sid,
        opened.task_sid,
    )
    return opened


def adopted(opened: InteractionResult) -> InteractionResult:
    """Say in the log that an earlier attempt's result is taken.

    :param opened: the SIDs.
    """
    log.info(
        "This outreach is already open, nothing was sent: interaction %s, conversation %s, task %s.",
        opened.interaction_sid,
        opened.conversation_sid,
        opened.task_sid,
    )
    return opened
