"""Opening an interaction once: the way in."""

from __future__ import annotations

import dataclasses
import logging
import time
import uuid
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.interaction.conversation_first import (
    ConversationFirst,
    ExistingConversation,
)
from airflow_provider_flexout.outreach.interaction.lookup import find_task
from airflow_provider_flexout.outreach.interaction.one_call import OneCall
from airflow_provider_flexout.outreach.interaction.record import log_result
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.outreach.routing.names import with_sids

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.participants import FirstMessage
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.http.call import Procedure

log = logging.getLogger(__name__)


def open_once(
    request: InteractionRequest,
    *,
    on_open_conversation: str = "fail",
    clock: Callable[[], float] = time.monotonic,
    first_message: FirstMessage | None = None,
    is_locked: bool = False,
) -> Procedure[InteractionResult]:
    """Open a conversation between a customer and an agent, or adopt what an earlier attempt opened.

    :param request: the outreach.
    :param on_open_conversation: ``join`` takes an open conversation that the customer has with this sender.
        With ``fail`` or ``skip``, :class:`AlreadyTalking` is raised for the caller.
    :param clock: gives seconds, for knowing how long a lease still runs.
    :param first_message: the first message, sent on the way where the strategy is ``conversation_first``.
    :param is_locked: whether the caller holds the lock of the request's key.
    :raises AlreadyTalking: when the customer has an open conversation with this sender.
    :raises FlexoutError: when Twilio refuses it, or is out of reach.
    """
    attempt_id = uuid.uuid4().hex
    request = dataclasses.replace(request, routing=(yield from with_sids(request.routing)))
    try:
        if request.conversation_sid:
            return (yield from ExistingConversation(request, attempt_id, clock).open())
        if request.strategy == "one_call":
            one_call = OneCall(request, attempt_id, clock, first_message, is_locked=is_locked)
            return (yield from one_call.open())
        return (yield from ConversationFirst(request, attempt_id, clock, first_message).open())
    except AlreadyTalking as talking:
        if on_open_conversation != "join":
            raise
        return (yield from join(request, talking))


def join(request: InteractionRequest, talking: AlreadyTalking) -> Procedure[InteractionResult]:
    """Take the open conversation that the customer has with this sender already.

    :param request: the outreach.
    :param talking: the error that named the conversation.
    :raises AlreadyTalking: when it named none.
    """
    conversation_sid = talking.conversation_sid
    if not conversation_sid.startswith("CH"):
        raise talking
    found = yield from find_task(request, conversation_sid)
    if found:
        return log_result(found)
    log.warning("Joined conversation %s, for which no agent has a task.", conversation_sid)
    return InteractionResult(None, None, conversation_sid, None, None, request.channel_type, created=False)
