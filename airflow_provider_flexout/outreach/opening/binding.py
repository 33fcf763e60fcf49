"""Putting the customer into the conversation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.twilio.call import Pause
from airflow_provider_flexout.twilio.conversations import (
    create_participant,
    fetch_conversation,
    list_participant_conversations,
)
from airflow_provider_flexout.twilio.errors import Conflict, NotFound
from airflow_provider_flexout.twilio.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.opening.request import Opening
    from airflow_provider_flexout.twilio.call import Procedure
    from airflow_provider_flexout.twilio.conversations import ParticipantConversation

PAIR_TAKEN = 50416
_RELEASE_WAITS = (3.0, 3.0, 3.0)
"""Seconds between tries when the pair is held by a conversation that has just ended."""

_CONVERSATION_SID = re.compile(r"CH[0-9a-fA-F]{32}")


def bind_customer(opening: Opening, conversation_sid: str) -> Procedure[None]:
    """Add the customer to the conversation; being in it already is success.

    :param opening: the outreach.
    :param conversation_sid: ``CH…``.
    :raises AlreadyTalking: when the pair of addresses is in another open conversation.
    """
    waits = list(_RELEASE_WAITS)
    while True:
        try:
            yield create_participant(
                conversation_sid, address=opening.address, proxy_address=opening.proxy_address
            )
        except Conflict as conflict:
            if conflict.code != PAIR_TAKEN:
                raise
            holder = yield from _holder(opening, conflict)
            if holder == conversation_sid:
                return
            ended = holder is None or (yield from _has_ended(holder))
            if not ended or not waits:
                raise AlreadyTalking(holder or "unknown", opening.customer) from conflict
            # Twilio frees a pair of addresses a moment after its conversation has ended.
            yield Pause(waits.pop())
        else:
            return


def open_conversation_of(opening: Opening) -> Procedure[ParticipantConversation | None]:
    """Find the open conversation that holds the outreach's pair of addresses.

    :param opening: the outreach.
    """
    found = yield from read_pages(
        list_participant_conversations(address=opening.address, identity=opening.identity)
    )
    for one in found:
        binding = one.participant_messaging_binding or {}
        same_sender = not opening.proxy_address or binding.get("proxy_address") == opening.proxy_address
        if same_sender and one.conversation_state != "closed":
            return one
    return None


def _holder(opening: Opening, conflict: Conflict) -> Procedure[str | None]:
    named = _CONVERSATION_SID.search(conflict.message)
    if named:
        return named.group()
    found = yield from open_conversation_of(opening)
    return found.conversation_sid if found else None


def _has_ended(conversation_sid: str) -> Procedure[bool]:
    try:
        conversation = yield fetch_conversation(conversation_sid)
    except NotFound:
        return True
    return bool(conversation.state == "closed")
