"""Contacting one person once: the conversation, and the first message in it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.conversation.create_once import create_once, join_conversation
from airflow_provider_flexout.outreach.conversation.request import ConversationRequest, ConversationResult
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.interaction.lookup import check_other_rows
from airflow_provider_flexout.outreach.interaction.open_once import join, open_once
from airflow_provider_flexout.outreach.interaction.participants import FirstMessage
from airflow_provider_flexout.outreach.message.send_once import SentMessage, find_sent, send_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True)
class ReachedContact:
    """Somebody who has been contacted.

    :param opened: the SIDs of the outreach.
    :param message: the message that was sent.
    :param joined: whether it was sent in a conversation that the customer was in already.
    """

    opened: InteractionResult | ConversationResult
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
    conversation_sid: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Procedure[ReachedContact]:
    """Open a conversation and send the first message, or finish what an earlier attempt began.

    A new contact takes five requests: conversation, participant, interaction, message, and one that writes
    all SIDs into the record. It takes four where the agent comes when the customer replies: conversation,
    participant, webhook and message. The message then comes last, so it shows that everything is done. Where
    an earlier try or run may have opened the conversation, one more request looks for it.

    :param request: the outreach.
    :param draft: the message; its conversation is filled in here.
    :param on_open_conversation: ``"join"`` sends the message in a conversation that the customer is in.
    :param conversation_sid: the conversation without an agent that an earlier attempt opened, where it is
        known.
    :param clock: gives seconds, for knowing how long a lease still runs.
    :raises FlexoutError: when the contact fails.
    """
    if isinstance(request, ConversationRequest):
        return (yield from _ask_once(request, draft, on_open_conversation, conversation_sid, clock))
    first_message, joined = FirstMessage(draft, clock), False
    try:
        opened = yield from open_once(request, first_message=first_message, clock=clock)
    except AlreadyTalking as talking:
        if on_open_conversation != "skip":
            yield from check_other_rows(request, talking)
        if on_open_conversation != "join":
            raise
        opened, joined = (yield from join(request, talking)), True
    if first_message.sent is None and first_message.error is None:
        yield from first_message.send(opened, joined=joined)
    if first_message.sent is None:
        raise first_message.error or AssertionError("neither sent nor failed")
    return ReachedContact(opened, first_message.sent, joined)


def _ask_once(
    request: ConversationRequest,
    draft: MessageDraft,
    on_open_conversation: str,
    conversation_sid: str | None,
    clock: Callable[[], float],
) -> Procedure[ReachedContact]:
    if conversation_sid:
        earlier = yield from find_sent(replace(draft, conversation_sid=conversation_sid))
        if earlier:
            opened = ConversationResult(conversation_sid, None, None, request.channel_type, created=False)
            sent = SentMessage(earlier.sid, conversation_sid, earlier.index, created=False)
            return ReachedContact(opened, sent)
    joined = False
    try:
        opened = yield from create_once(request, clock=clock)
    except AlreadyTalking as talking:
        if on_open_conversation != "skip":
            yield from check_other_rows(request, talking)
        if on_open_conversation != "join":
            raise
        opened, joined = (yield from join_conversation(request, talking, clock)), True
    filled = replace(
        draft,
        conversation_sid=opened.conversation_sid,
        retried=draft.retried or not (opened.created or joined),
    )
    sent = yield from send_once(
        filled,
        first_attempt=opened.created,
        looked_at=opened.created_at,
        has_listener=joined or bool(opened.webhook_sid) or request.flow_sid is None,
        clock=clock,
    )
    return ReachedContact(opened, sent, joined)
