"""Opening a conversation without an agent once: the way in."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.conversation.agent_on_reply import AgentOnReply
from airflow_provider_flexout.outreach.conversation.take_up import join_conversation
from airflow_provider_flexout.outreach.errors import AlreadyTalking

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.conversation.request import ConversationRequest, ConversationResult
    from airflow_provider_flexout.twilio.http.call import Procedure


def create_once(
    request: ConversationRequest,
    *,
    on_open_conversation: str = "fail",
    clock: Callable[[], float] = time.monotonic,
) -> Procedure[ConversationResult]:
    """Open a conversation with a customer without an agent, or adopt what an earlier attempt opened.

    The first attempt takes three requests: the conversation, the customer, and the webhook (none with
    ``"pipeline"``). Nobody is contacted by them.

    :param request: the outreach.
    :param on_open_conversation: ``join`` takes an open conversation that the customer has with this sender,
        and registers its webhook again where nobody listens. With ``fail`` or ``skip``,
        :class:`AlreadyTalking` is raised for the caller.
    :param clock: gives seconds, for knowing how long a lease still runs.
    :raises AlreadyTalking: when the customer has an open conversation with this sender.
    :raises FlexoutError: when Twilio refuses it, or is out of reach.
    """
    try:
        return (yield from AgentOnReply(request, uuid.uuid4().hex, clock).open())
    except AlreadyTalking as talking:
        if on_open_conversation != "join":
            raise
        return (yield from join_conversation(request, talking, clock))
