"""Opening a conversation once: the way in."""

from __future__ import annotations

import dataclasses
import logging
import time
import uuid
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.interaction.conversation_first import ConversationFirst
from airflow_provider_flexout.outreach.interaction.existing_conversation import ExistingConversation
from airflow_provider_flexout.outreach.interaction.lookup import find_task
from airflow_provider_flexout.outreach.interaction.one_call import OneCall
from airflow_provider_flexout.outreach.interaction.recording import adopted
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.outreach.routing.names import with_sids

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.first_message import FirstMessage
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.http.call import Procedure

ON_OPEN_CONVERSATION = ("fail", "join", "skip")

log = logging.getLogger(__name__)


def open_once(
    opening: InteractionRequest,
    *,
    on_open_conversation: str = "fail",
    clock: Callable[[], float] = time.monotonic,
    first_message: FirstMessage | None = None,
) -> Procedure[InteractionResult]:
    """Open a conversation between a customer and an agent, or adopt what an earlier attempt opened.

    :param opening: the outreach.
    :param on_open_conversation: ``join`` takes an open conversation that the customer has with this
        sender; with ``fail`` or ``skip`` that is an :class:`AlreadyTalking` for the caller.
    :param clock: seconds, for knowing how long a claim holds.
    :param first_message: first words, said on the way where the strategy is ``conversation_first``.
    :raises FlexoutError: what stands in the way.
    """
    attempt = uuid.uuid4().hex
    opening = dataclasses.replace(opening, routing=(yield from with_sids(opening.routing)))
    try:
        if opening.conversation_sid:
            return (yield from ExistingConversation(opening, attempt, clock).open())
        if opening.strategy == "one_call":
            return (yield from OneCall(opening, attempt).open())
        return (yield from ConversationFirst(opening, attempt, clock, first_message).open())
    except AlreadyTalking as talking:
        if on_open_conversation != "join":
            raise
        return (yield from join(opening, talking))


def join(opening: InteractionRequest, talking: AlreadyTalking) -> Procedure[InteractionResult]:
    """Take the open conversation that the customer has with this sender already.

    :param opening: the outreach.
    :param talking: what named that conversation.
    :raises AlreadyTalking: when it named none.
    """
    conversation_sid = talking.conversation_sid
    if not conversation_sid.startswith("CH"):
        raise talking
    found = yield from find_task(opening, conversation_sid)
    if found:
        return adopted(found)
    log.warning("Joined conversation %s, for which no agent has a task.", conversation_sid)
    return InteractionResult(None, None, conversation_sid, None, None, opening.channel_type, created=False)
