"""Adding the customer to the conversation, and what is said to them first."""

from __future__ import annotations

import dataclasses
import re
import time
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.channels.registry import person_of, spellings_of
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.inbox.conversations import list_conversations_of
from airflow_provider_flexout.outreach.inbox.customers import is_at
from airflow_provider_flexout.outreach.message.send_once import SentMessage, send_once
from airflow_provider_flexout.twilio.api.conversations import (
    create_participant,
    fetch_conversation,
    list_participants,
)
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import Conflict, FlexoutError, NotFound
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.twilio.api.conversations import ParticipantConversation
    from airflow_provider_flexout.twilio.http.call import Procedure

ALREADY_IN = frozenset(
    {
        ErrorCode.PARTICIPANT_EXISTS,
        ErrorCode.GROUP_PARTICIPANT_EXISTS,
        ErrorCode.PARTICIPANT_IDENTITY_EXISTS,
    }
)
"""The codes by which Twilio refuses to add somebody a second time. Its pages do not say which one it is for
an identity, so all three are looked into."""

_CONVERSATION_SID = re.compile(r"CH[0-9a-fA-F]{32}")


def add_customer(request: InteractionRequest, conversation_sid: str) -> Procedure[str | None]:
    """Add the customer to the conversation; succeed if they are in it already.

    :param request: the outreach.
    :param conversation_sid: ``CH…``.
    :returns: the participant's SID, ``MB…``; ``None`` where the customer was in it already.
    :raises AlreadyTalking: when the customer is in another open conversation with this sender.
    """
    add = _add_identity if request.identity else _add_address_pair
    return (yield from add(request, conversation_sid))


def _add_identity(request: InteractionRequest, conversation_sid: str) -> Procedure[str | None]:
    """Add a chat user. Twilio lets a user be in many conversations, so first look for another one.

    A user who is already in our conversation was put there by an attempt that had looked.
    """
    others = yield from _open_conversations(request)
    if any(one.conversation_sid == conversation_sid for one in others):
        return None
    if others:
        raise AlreadyTalking(others[0].conversation_sid, request.customer)
    try:
        added = yield create_participant(conversation_sid, identity=request.identity)
    except Conflict as conflict:
        if conflict.code not in ALREADY_IN:
            raise
        there = yield from read_pages(list_participants(conversation_sid))
        if not any(one.identity == request.identity for one in there):
            raise
        return None
    sid: str = added.sid
    return sid


def _add_address_pair(request: InteractionRequest, conversation_sid: str) -> Procedure[str | None]:
    """Add a pair of addresses, which Twilio lets be in one open conversation.

    Twilio does not know that two spellings are one person, so conversations under the others are looked for.
    """
    if len(spellings_of(str(request.address))) > 1:
        others = yield from _open_conversations(request)
        if others and all(one.conversation_sid != conversation_sid for one in others):
            raise AlreadyTalking(others[0].conversation_sid, request.customer)
    waits = list(timing.PAIR_RELEASE_WAITS)
    while True:
        try:
            added = yield create_participant(
                conversation_sid, address=request.address, proxy_address=request.proxy_address
            )
        except Conflict as conflict:
            if conflict.code != ErrorCode.BINDING_TAKEN:
                raise
            holder = yield from _holder(request, conflict)
            if holder == conversation_sid:
                return None
            ended = holder is None or (yield from _has_ended(holder))
            if not ended or not waits:
                raise AlreadyTalking(holder or "unknown", request.customer) from conflict
            # Twilio frees a pair of addresses a moment after its conversation has ended.
            yield Sleep(waits.pop())
        else:
            sid: str = added.sid
            return sid


def open_conversation_of(request: InteractionRequest) -> Procedure[ParticipantConversation | None]:
    """Find the open conversation that holds the customer and, where there are addresses, our own.

    :param request: the outreach.
    """
    found = yield from _open_conversations(request)
    return found[0] if found else None


def _open_conversations(request: InteractionRequest) -> Procedure[list[ParticipantConversation]]:
    found = yield from list_conversations_of(request.address, request.identity)
    return (yield from with_sender(request, (one for one in found if one.conversation_state != "closed")))


def with_sender(
    request: InteractionRequest, conversations: Iterable[ParticipantConversation], *, most: int | None = None
) -> Procedure[list[ParticipantConversation]]:
    """Choose the conversations that the customer has with the sender of the outreach.

    A mail thread does not name our address beside theirs, so it takes one or two requests each. A thread that
    names none counts. One in which the customer only got a copy does not.

    :param request: the outreach.
    :param conversations: of the customer.
    :param most: how many are enough; ``None`` for all.
    """
    chosen: list[ParticipantConversation] = []
    for one in conversations:
        if len(chosen) == most:
            break
        binding = one.participant_messaging_binding or {}
        if not is_at(binding) or request.proxy_address not in (None, "", binding.get("proxy_address")):
            continue
        if request.email_from:
            ours = yield from _sender_of_thread(one.conversation_sid)
            if ours and person_of(ours) != person_of(request.email_from):
                continue
        chosen.append(one)
    return chosen


def _sender_of_thread(conversation_sid: str) -> Procedure[str | None]:
    """Give our address in a mail thread: the agents' projected one, or that of the conversation's binding."""
    try:
        for one in (yield from read_pages(list_participants(conversation_sid))):
            ours = (one.messaging_binding or {}).get("projected_address")
            if ours:
                return str(ours)
        conversation = yield fetch_conversation(conversation_sid)
    except NotFound:
        return None
    return ((conversation.bindings or {}).get("email") or {}).get("address")


def _holder(request: InteractionRequest, conflict: Conflict) -> Procedure[str | None]:
    named = _CONVERSATION_SID.search(conflict.message)
    if named:
        return named.group()
    found = yield from open_conversation_of(request)
    return found.conversation_sid if found else None


def _has_ended(conversation_sid: str) -> Procedure[bool]:
    try:
        conversation = yield fetch_conversation(conversation_sid)
    except NotFound:
        return True
    return bool(conversation.state == "closed")


class FirstMessage:
    """One attempt at the first message of an outreach, sent while it is opened.

    Opening and sending are two tasks in a DAG, and one step of a campaign. Sent before the SIDs are written
    down, the message is written down with them. That spares a request for each customer, and a list of
    conversations shows who has been sent the message.

    :param draft: the message; its conversation is filled in.
    :param clock: gives seconds.
    """

    def __init__(self, draft: MessageDraft, clock: Callable[[], float] = time.monotonic) -> None:
        self._draft = draft
        self._clock = clock
        self._opened_at: float | None = None
        self.sent: SentMessage | None = None
        self.error: FlexoutError | None = None

    def note_request(self) -> None:
        """Note that the interaction is about to be created; from then on another attempt may find it."""
        self._opened_at = self._clock()

    def send(self, result: InteractionResult, *, joined: bool = False) -> Procedure[str | None]:
        """Send the message, unless an earlier attempt has.

        An error is kept in ``error``: the conversation is open all the same, and its SIDs must be written
        down.

        :param result: the outreach.
        :param joined: whether it is a conversation that the customer had with us already.
        :returns: the message's SID, ``IM…``; ``None`` after an error.
        """
        draft = dataclasses.replace(
            self._draft,
            conversation_sid=result.conversation_sid,
            retried=self._draft.retried or not (result.created or joined),
            channel=self._draft.channel or result.channel_type,
        )
        try:
            self.sent = yield from send_once(
                draft,
                first_attempt=result.created,
                looked_at=self._opened_at if result.created else None,
                has_listener=not joined or result.task_sid is not None,
                clock=self._clock,
            )
        except FlexoutError as error:
            self.error = error
            return None
        return self.sent.message_sid

    def adopt(self, conversation_sid: str, message_sid: str) -> None:
        """Adopt the message that an earlier attempt has sent, as the conversation's record says.

        :param conversation_sid: ``CH…``.
        :param message_sid: ``IM…``.
        """
        self.sent = SentMessage(message_sid, conversation_sid, index=None, created=False)
