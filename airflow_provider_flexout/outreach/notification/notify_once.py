"""Telling somebody something once, however often and from however many processes it is asked for.

1. Look whether it was said: in the given conversation, or in those that we have with the person.
2. Take the lock of the notice's key. Somebody else has it: wait a little, back to 1.
3. Look again, since its last holder may have said it in between.
4. Join the open conversation that we have with the person, else open one.
5. Say it, with the key among the message's attributes, and give the lock back.

Not covered: what was said in a conversation that we joined is not found any more, and would be said again,
when that conversation and three newer ones with the same person have been closed since.
"""

from __future__ import annotations

import dataclasses
import logging
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.base import TEXT_LIMIT
from airflow_provider_flexout.outreach.channels.registry import channel_named
from airflow_provider_flexout.outreach.errors import ConversationEnded, ReconciliationPending
from airflow_provider_flexout.outreach.interaction.open_once import open_once
from airflow_provider_flexout.outreach.message.send_once import find_sent, send_once
from airflow_provider_flexout.outreach.notification.lock import (
    HOLD,
    VISIBILITY_DELAY,
    release,
    take_lock,
    while_held,
)
from airflow_provider_flexout.twilio.api.conversations import list_participant_conversations
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import FlexoutError
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.outreach.notification.lock import Lock
    from airflow_provider_flexout.twilio.api.conversations import ParticipantConversation
    from airflow_provider_flexout.twilio.http.call import Procedure

_PATIENCE = HOLD + VISIBILITY_DELAY + 30.0
"""Seconds to wait for others: until the lock of one that died has run out, and then some."""

_ANY_CONVERSATION = "CH" + "0" * 32
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 15.0
_CLOSED_ONES = 3
"""Closed conversations of the person that are read, the latest ones first."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notification:
    """What somebody is to be told.

    :param draft: what; its key is the notice's. Its ``conversation_sid`` is where, if that is given.
    :param opening: otherwise, whom, and how a conversation with them is opened.
    """

    draft: MessageDraft
    opening: InteractionRequest | None = None

    @classmethod
    def checked(cls, draft: MessageDraft, opening: InteractionRequest | None) -> Notification:
        """Make a notice that Twilio will take: too long a text is cut; half an alarm is better than none.

        :param draft: what.
        :param opening: whom, unless the utterance names a conversation.
        :raises InvalidInput: for what cannot be sent.
        """
        limit = channel_named(opening.channel_type).text_limit if opening else TEXT_LIMIT
        draft = dataclasses.replace(
            draft,
            body=limit.cut(draft.body) if draft.body else None,
            channel=opening.channel_type if opening else draft.channel,
        )
        if opening is None:
            draft.check()
            return cls(draft)
        dataclasses.replace(draft, conversation_sid=_ANY_CONVERSATION).check()
        return cls(draft, dataclasses.replace(opening, key=draft.key))


@dataclass(frozen=True, slots=True)
class NotificationResult:
    """Where it was said.

    :param conversation_sid: ``CH…``.
    :param message_sid: ``IM…``.
    :param created: false when it had been said before.
    """

    conversation_sid: str
    message_sid: str
    created: bool


def notify_once(
    notification: Notification, *, clock: Callable[[], float] = time.monotonic
) -> Procedure[NotificationResult]:
    """Tell somebody something, unless they were told.

    :param notification: what, and whom.
    :param clock: seconds.
    :raises ReconciliationPending: when others keep the lock for too long.
    :raises FlexoutError: what else stands in the way.
    """
    give_up, pause = clock() + _PATIENCE, _FIRST_PAUSE
    while True:
        _, said = yield from _look(notification)
        if said:
            return _folded(said)
        lock = yield from take_lock(notification.draft.key, clock)
        if lock:
            return (yield from _holding(lock, notification, clock))
        if clock() >= give_up:
            raise ReconciliationPending(
                "Other attempts at the same notification keep at it; this one stands back."
            )
        yield Sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 - spreads the looks of a storm
        pause = min(_LONGEST_PAUSE, pause * 1.5)


def _holding(
    lock: Lock, notification: Notification, clock: Callable[[], float]
) -> Procedure[NotificationResult]:
    try:
        notified = yield from while_held(_say(notification, clock), lock, clock)
    except FlexoutError:
        yield from release(lock)
        raise
    yield from release(lock)
    return notified


def _say(notification: Notification, clock: Callable[[], float]) -> Procedure[NotificationResult]:
    where, said = yield from _look(notification)
    if said:
        return _folded(said)
    draft = notification.draft
    if notification.opening:
        if where is None:
            opened = yield from open_once(notification.opening, on_open_conversation="join", clock=clock)
            where = opened.conversation_sid
        draft = dataclasses.replace(draft, conversation_sid=where)
    done = yield from send_once(draft)
    return NotificationResult(done.conversation_sid, done.message_sid, done.created)


def _folded(said: NotificationResult) -> NotificationResult:
    log.info("Said before, nothing was sent: message %s in %s.", said.message_sid, said.conversation_sid)
    return said


def _look(notification: Notification) -> Procedure[tuple[str | None, NotificationResult | None]]:
    """Find the conversation to speak in, where there is one, and the message, where it was said."""
    if notification.opening is None:
        given = str(notification.draft.conversation_sid)
        return given, (yield from _find_said(notification.draft, given))
    found = yield from _conversations_with(notification.opening)
    said = None
    for one in found:
        said = yield from _find_said(notification.draft, one.conversation_sid)
        if said:
            break
    still_open = [one.conversation_sid for one in found if one.conversation_state != "closed"]
    return (still_open[0] if still_open else None), said


def _conversations_with(opening: InteractionRequest) -> Procedure[list[ParticipantConversation]]:
    """List our conversations with somebody: the open one, then those that were closed last."""
    if not (opening.address or opening.identity):
        return []
    call = list_participant_conversations(address=opening.address, identity=opening.identity)
    found = yield from read_pages(call)
    ours = [one for one in found if _is_from(opening, one)]
    closed = [one for one in ours if one.conversation_state == "closed"]
    closed.sort(key=lambda one: str(one.conversation_date_updated), reverse=True)
    return [one for one in ours if one.conversation_state != "closed"] + closed[:_CLOSED_ONES]


def _is_from(opening: InteractionRequest, one: ParticipantConversation) -> bool:
    proxy = (one.participant_messaging_binding or {}).get("proxy_address")
    return not opening.proxy_address or proxy == opening.proxy_address


def _find_said(draft: MessageDraft, conversation_sid: str) -> Procedure[NotificationResult | None]:
    try:
        message = yield from find_sent(dataclasses.replace(draft, conversation_sid=conversation_sid))
    except ConversationEnded:
        return None
    return NotificationResult(conversation_sid, message.sid, created=False) if message else None
