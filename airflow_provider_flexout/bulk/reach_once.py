"""Reaching one contact once: the conversation, and the first words in it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.interaction.first_message import FirstMessage
from airflow_provider_flexout.outreach.interaction.open_once import join, open_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.outreach.message.send_once import SentMessage
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True)
class ReachedContact:
    """Somebody who has been reached.

    :param opened: the outreach.
    :param message: the message.
    :param joined: whether it was said in a conversation that the customer had with us already.
    """

    opened: InteractionResult
    message: SentMessage
    joined: bool = False

    @property
    def created(self) -> bool:
        """Whether this attempt did any of it."""
        return self.opened.created or self.message.created


def reach_once(
    request: InteractionRequest,
    draft: MessageDraft,
    *,
    on_open_conversation: str = "fail",
    clock: Callable[[], float] = time.monotonic,
) -> Procedure[ReachedContact]:
    """Open a conversation and say the first words, or finish what an earlier attempt began.

    Five requests for somebody new: conversation, participant, interaction, message, and one that writes all
    SIDs down.

    :param request: the outreach.
    :param draft: the message; its conversation is filled in.
    :param on_open_conversation: as for :func:`open_once`.
    :param clock: likewise.
    :raises FlexoutError: what stands in the way.
    """
    first_message, joined = FirstMessage(draft), False
    try:
        opened = yield from open_once(request, first_message=first_message, clock=clock)
    except AlreadyTalking as talking:
        if on_open_conversation != "join":
            raise
        opened, joined = (yield from join(request, talking)), True
    if first_message.sent is None and first_message.error is None:
        yield from first_message.send(opened, joined=joined)
    if first_message.sent is None:
        raise first_message.error or AssertionError("neither sent nor failed")
    return ReachedContact(opened, first_message.sent, joined)
