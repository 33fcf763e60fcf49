"""Notifying somebody once, however often and from however many processes it is asked for.

1. Look whether the notification was sent: in the given conversation, or in those that we have with the
   person. If it goes into a conversation that began without an agent, and nobody listens there any more, the
   webhook is registered again; the notification is sent even if that fails.
2. Take the lock of the notification's key. If somebody else holds it, pause, and go back to 1.
3. Look again, since the last holder of the lock may have sent it in between.
4. Join the open conversation that we have with the person, or open one. What an earlier attempt left half
   open is opened to the end.
5. Send it, with the key among the message's attributes, and release the lock.

One case is not covered. Once a conversation that we joined and three newer ones with the same person have
been closed, a notification in the first is no longer found, and would be sent again.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.base import TEXT_LIMIT
from airflow_provider_flexout.outreach.channels.registry import channel_named, spellings_of
from airflow_provider_flexout.outreach.conversation.create_once import listen_again
from airflow_provider_flexout.outreach.errors import ConversationEnded
from airflow_provider_flexout.outreach.inbox.conversations import list_conversations_of
from airflow_provider_flexout.outreach.interaction.open_once import open_once
from airflow_provider_flexout.outreach.interaction.participants import with_sender
from airflow_provider_flexout.outreach.lock import run_exclusively
from airflow_provider_flexout.outreach.message.draft import read_variables
from airflow_provider_flexout.outreach.message.send_once import SentMessage, find_sent, send_once
from airflow_provider_flexout.outreach.values.plain import readable
from airflow_provider_flexout.twilio.http.resource import json_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.twilio.api.conversations import ParticipantConversation
    from airflow_provider_flexout.twilio.http.call import Procedure

_ANY_CONVERSATION = "CH" + "0" * 32
"""Stands for the conversation that is not known yet, so that the rest of a message can be checked."""
_CLOSED_CONVERSATIONS = 3
"""How many closed conversations with the person are read, the most recently closed first."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notification:
    """A message, and who gets it.

    :param draft: the message; its key is the notification's. It names the conversation where one is given.
    :param request: otherwise, the person, and how a conversation with them is opened.
    :param other_keys: other keys under which it may have been sent: those of other spellings of the person's
        address, or an earlier version's.
    """

    draft: MessageDraft
    request: InteractionRequest | None = None
    other_keys: tuple[str, ...] = ()

    def with_keys(self, key: str, *others: str) -> Notification:
        """Give the same notification under other keys.

        :param key: its key.
        :param others: other keys under which it may have been sent.
        """
        request = self.request and dataclasses.replace(self.request, key=key)
        return Notification(dataclasses.replace(self.draft, key=key), request, others)

    @classmethod
    def checked(
        cls, draft: MessageDraft, request: InteractionRequest | None, other_keys: tuple[str, ...] = ()
    ) -> Notification:
        """Make a notification that Twilio accepts.

        A text that is too long is cut, and what cannot be written in UTF-8 is replaced by U+FFFD, since half
        an alarm is better than none.

        :param draft: the message.
        :param request: the person, unless the draft names a conversation.
        :param other_keys: as of a notification.
        :raises InvalidInput: for what cannot be sent.
        """
        limit = channel_named(request.channel_type).text_limit if request else TEXT_LIMIT
        draft = dataclasses.replace(
            draft,
            body=limit.cut(readable(draft.body)) if draft.body else None,
            subject=readable(draft.subject),
            content_variables=readable(read_variables(draft.content_variables)) or None,
            channel=request.channel_type if request else draft.channel,
        )
        if request is None:
            draft.check()
            return cls(draft, None, other_keys)
        dataclasses.replace(draft, conversation_sid=_ANY_CONVERSATION).check()
        return cls(draft, dataclasses.replace(request, key=draft.key), other_keys)


def fingerprints_of(request: InteractionRequest) -> list[str]:
    """Give a digest of the person for each spelling of their address; the first is the same for all of these.

    :param request: how a conversation with them is opened.
    """
    known = request.address or request.identity
    spellings = sorted(spellings_of(known), reverse=True) if request.address and known else [known]
    return [durable.fingerprint(request.channel_type, one, request.conversation_sid) for one in spellings]


def notify_once(
    notification: Notification, *, clock: Callable[[], float] = time.monotonic
) -> Procedure[SentMessage]:
    """Send a notification, unless it was sent.

    :param notification: the message, and who gets it.
    :param clock: gives seconds.
    :raises ReconciliationPending: when others keep the lock for too long.
    :raises FlexoutError: when Twilio refuses it, or is out of reach.
    """

    def look() -> Procedure[SentMessage | None]:
        _, sent = yield from _look(notification)
        return _log_sent(sent) if sent else None

    conversation_sid, sent = yield from _look(notification)
    if sent:
        return _log_sent(sent)
    if conversation_sid:
        yield from listen_again(conversation_sid, notification.draft.workspace_sid, clock)
    key = notification.draft.key
    return (yield from run_exclusively(key, lambda: _notify(notification, clock), look, clock))


def _notify(notification: Notification, clock: Callable[[], float]) -> Procedure[SentMessage]:
    conversation_sid, sent = yield from _look(notification)
    if sent:
        return _log_sent(sent)
    draft, request = notification.draft, notification.request
    if request:
        if conversation_sid is None:
            opened = yield from open_once(request, on_open_conversation="join", clock=clock, is_locked=True)
            conversation_sid = opened.conversation_sid
        draft = dataclasses.replace(draft, conversation_sid=conversation_sid, channel=request.channel_type)
    return (yield from send_once(draft, is_locked=True, has_listener=True, clock=clock))


def _log_sent(sent: SentMessage) -> SentMessage:
    log.info(
        "This notification was already sent, so nothing was sent now: message %s in %s.",
        sent.message_sid,
        sent.conversation_sid,
    )
    return sent


def _look(notification: Notification) -> Procedure[tuple[str | None, SentMessage | None]]:
    """Find the open conversation to notify in, and the message if it was sent."""
    if notification.request is None:
        given = str(notification.draft.conversation_sid)
        return given, (yield from _find_sent(notification, given))
    conversations = yield from conversations_with(notification.request)
    sent = None
    for one in conversations:
        sent = yield from _find_sent(notification, one.conversation_sid)
        if sent:
            break
    # One that an earlier attempt at this very notification created may be half open, without an agent. It is
    # not joined but opened again, which finishes it.
    joinable = [
        one.conversation_sid
        for one in conversations
        if one.conversation_state != "closed"
        and one.conversation_unique_name != notification.request.unique_name
    ]
    return (joinable[0] if joinable else None), sent


def conversations_with(request: InteractionRequest) -> Procedure[list[ParticipantConversation]]:
    """List our conversations with a person: the open one, then the most recently closed.

    :param request: the person.
    """
    if not (request.address or request.identity):
        return []
    found = yield from list_conversations_of(request.address, request.identity)
    closed = [one for one in found if one.conversation_state == "closed"]
    closed.sort(key=lambda one: str(one.conversation_date_updated), reverse=True)
    still_open = yield from with_sender(request, (one for one in found if one.conversation_state != "closed"))
    newest = yield from with_sender(request, closed, most=_CLOSED_CONVERSATIONS)
    # This notification's own, too, however long ago it was closed: it may have lost its name.
    older = [one for one in closed if one not in newest and _key_of(one) == request.key]
    return still_open + newest + older


def _key_of(one: ParticipantConversation) -> str | None:
    return durable.record_key(json_object(one.conversation_attributes).get(durable.RECORD_ATTRIBUTE))


def _find_sent(notification: Notification, conversation_sid: str) -> Procedure[SentMessage | None]:
    for key in (notification.draft.key, *notification.other_keys):
        draft = dataclasses.replace(notification.draft, key=key, conversation_sid=conversation_sid)
        try:
            message = yield from find_sent(draft)
        except ConversationEnded:
            return None
        if message:
            return SentMessage(message.sid, conversation_sid, message.index, created=False)
    return None
