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

from airflow_provider_flexout.outreach.errors import ConversationEnded, Unsettled
from airflow_provider_flexout.outreach.interaction.open_once import open_once
from airflow_provider_flexout.outreach.message.draft import LONGEST_BODY
from airflow_provider_flexout.outreach.message.send_once import look_for, say_once
from airflow_provider_flexout.outreach.notification.lock import HOLD, SETTLE, release, take_lock, while_held
from airflow_provider_flexout.twilio.api.conversations import list_participant_conversations
from airflow_provider_flexout.twilio.http.call import Pause
from airflow_provider_flexout.twilio.http.errors import FlexoutError
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.request import Opening
    from airflow_provider_flexout.outreach.message.draft import Utterance
    from airflow_provider_flexout.outreach.notification.lock import Lock
    from airflow_provider_flexout.twilio.api.conversations import ParticipantConversation
    from airflow_provider_flexout.twilio.http.call import Procedure

_PATIENCE = HOLD + SETTLE + 30.0
"""Seconds to wait for others: until the lock of one that died has run out, and then some."""

_ANY_CONVERSATION = "CH" + "0" * 32
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 15.0
_CLOSED_ONES = 3
"""Closed conversations of the person that are read, the latest ones first."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody is to be told.

    :param utterance: what; its key is the notice's. Its ``conversation_sid`` is where, if that is given.
    :param opening: otherwise, whom, and how a conversation with them is opened.
    """

    utterance: Utterance
    opening: Opening | None = None

    @classmethod
    def checked(cls, utterance: Utterance, opening: Opening | None) -> Notice:
        """Make a notice that Twilio will take: too long a text is cut; half an alarm is better than none.

        :param utterance: what.
        :param opening: whom, unless the utterance names a conversation.
        :raises InvalidInput: for what cannot be sent.
        """
        if utterance.body and len(utterance.body) > LONGEST_BODY:
            utterance = dataclasses.replace(utterance, body=utterance.body[: LONGEST_BODY - 1] + "…")
        if opening is None:
            utterance.check()
            return cls(utterance)
        dataclasses.replace(utterance, conversation_sid=_ANY_CONVERSATION).check()
        return cls(utterance, dataclasses.replace(opening, key=utterance.key))


@dataclass(frozen=True, slots=True)
class Notified:
    """Where it was said.

    :param conversation_sid: ``CH…``.
    :param message_sid: ``IM…``.
    :param created: false when it had been said before.
    """

    conversation_sid: str
    message_sid: str
    created: bool


def notify_once(notice: Notice, *, clock: Callable[[], float] = time.monotonic) -> Procedure[Notified]:
    """Tell somebody something, unless they were told.

    :param notice: what, and whom.
    :param clock: seconds.
    :raises Unsettled: when others keep the lock for too long.
    :raises FlexoutError: what else stands in the way.
    """
    give_up, pause = clock() + _PATIENCE, _FIRST_PAUSE
    while True:
        _, said = yield from _look(notice)
        if said:
            return _folded(said)
        lock = yield from take_lock(notice.utterance.key, clock)
        if lock:
            return (yield from _holding(lock, notice, clock))
        if clock() >= give_up:
            raise Unsettled("Other attempts at the same notification keep at it; this one stands back.")
        yield Pause(pause * random.uniform(0.7, 1.3))  # noqa: S311 - spreads the looks of a storm
        pause = min(_LONGEST_PAUSE, pause * 1.5)


def _holding(lock: Lock, notice: Notice, clock: Callable[[], float]) -> Procedure[Notified]:
    try:
        notified = yield from while_held(_say(notice, clock), lock, clock)
    except FlexoutError:
        yield from release(lock)
        raise
    yield from release(lock)
    return notified


def _say(notice: Notice, clock: Callable[[], float]) -> Procedure[Notified]:
    where, said = yield from _look(notice)
    if said:
        return _folded(said)
    utterance = notice.utterance
    if notice.opening:
        if where is None:
            opened = yield from open_once(notice.opening, on_open_conversation="join", clock=clock)
            where = opened.conversation_sid
        channel = notice.opening.channel_type
        utterance = dataclasses.replace(utterance, conversation_sid=where, channel=channel)
    done = yield from say_once(utterance)
    return Notified(done.conversation_sid, done.message_sid, done.created)


def _folded(said: Notified) -> Notified:
    log.info("Said before, nothing was sent: message %s in %s.", said.message_sid, said.conversation_sid)
    return said


def _look(notice: Notice) -> Procedure[tuple[str | None, Notified | None]]:
    """Find the conversation to speak in, where there is one, and the message, where it was said."""
    if notice.opening is None:
        given = str(notice.utterance.conversation_sid)
        return given, (yield from _find_said(notice.utterance, given))
    found = yield from _conversations_with(notice.opening)
    said = None
    for one in found:
        said = yield from _find_said(notice.utterance, one.conversation_sid)
        if said:
            break
    still_open = [one.conversation_sid for one in found if one.conversation_state != "closed"]
    return (still_open[0] if still_open else None), said


def _conversations_with(opening: Opening) -> Procedure[list[ParticipantConversation]]:
    """List our conversations with somebody: the open one, then those that were closed last."""
    if not (opening.address or opening.identity):
        return []
    call = list_participant_conversations(address=opening.address, identity=opening.identity)
    found = yield from read_pages(call)
    ours = [one for one in found if _is_from(opening, one)]
    closed = [one for one in ours if one.conversation_state == "closed"]
    closed.sort(key=lambda one: str(one.conversation_date_updated), reverse=True)
    return [one for one in ours if one.conversation_state != "closed"] + closed[:_CLOSED_ONES]


def _is_from(opening: Opening, one: ParticipantConversation) -> bool:
    proxy = (one.participant_messaging_binding or {}).get("proxy_address")
    return not opening.proxy_address or proxy == opening.proxy_address


def _find_said(utterance: Utterance, conversation_sid: str) -> Procedure[Notified | None]:
    try:
        message = yield from look_for(dataclasses.replace(utterance, conversation_sid=conversation_sid))
    except ConversationEnded:
        return None
    return Notified(conversation_sid, message.sid, created=False) if message else None
