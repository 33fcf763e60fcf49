"""Sending a message once.

Twilio does not refuse a second message, so each message carries its key among its attributes:

1. Read the conversation back, from its newest message. A message with the key was sent by an earlier attempt:
   take its SID, and send nothing. Otherwise make sure that somebody would see the customer's reply
   (:mod:`~airflow_provider_flexout.outreach.listener`).
2. If this is a retry, an earlier attempt's request may still be on its way. Look again, every
   :data:`~airflow_provider_flexout.outreach.timing.POLL_INTERVAL` seconds, until it would show
   (:mod:`~airflow_provider_flexout.outreach.visibility`).
3. Send the message within a limit of time after the last look, and under a lock where another attempt may be
   at work: on a retry, on a first try that began long ago, and with an ``idempotency_key`` of the user's own
   (:mod:`~airflow_provider_flexout.outreach.guarded_request`). If its outcome is unknown, look again as in 2,
   and go back to 3 only when nothing was found.

One case is not covered, since nothing at Twilio could show it: a process that stands still for longer than
the visibility delay while it hands the request to the network.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import conversation_exists
from airflow_provider_flexout.outreach.guarded_request import GuardedRequest
from airflow_provider_flexout.outreach.inbox.newest_messages import NewestMessages, read_back
from airflow_provider_flexout.outreach.listener import check_listener, has_written
from airflow_provider_flexout.outreach.message.content import LastInbound, last_inbound_of, resolve_content
from airflow_provider_flexout.outreach.values.attributes import as_json
from airflow_provider_flexout.outreach.visibility import VisibilityWait
from airflow_provider_flexout.twilio import metrics
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation
from airflow_provider_flexout.twilio.api.messages import create_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure

log = logging.getLogger(__name__)

_MOST_REQUESTS = 3


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that was sent, now or by an earlier attempt.

    :param message_sid: ``IM…``.
    :param conversation_sid: ``CH…``.
    :param index: its place in the conversation, where it is known.
    :param created: whether this attempt sent it, and had the response.
    """

    message_sid: str
    conversation_sid: str
    index: int | None
    created: bool

    def as_dict(self) -> dict[str, Any]:
        """Give plain JSON."""
        return durable.fields(self, durable.MESSAGE_FIELDS)


def send_once(
    draft: MessageDraft,
    *,
    first_attempt: bool = False,
    prepared: bool = False,
    most_requests: int = _MOST_REQUESTS,
    looked_at: float | None = None,
    is_locked: bool = False,
    has_listener: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Procedure[SentMessage]:
    """Send a message, unless an earlier attempt has sent it.

    It takes one request in a conversation that was just created, and two in any other: a look back, and the
    message. A third fetches the conversation, where it is not known who hears the customer's reply; where it
    began without an agent, up to three more look for the webhook and the agent. Another one asks who takes
    part, where the channel matters (free text and files) and is neither given nor shown by what the customer
    has written. A template is looked up with two more, once for each process.
    A file takes its upload, and one more where the connection names no ``chat_service_sid``. The lock takes
    three: it is created and deleted, and a look comes in between. A retry that waits takes two more, for the
    note of since when.

    :param draft: the message and its conversation.
    :param first_attempt: whether the caller knows that nobody has sent it yet, having just created the
        conversation. The look back is left out. Free text is then checked against the session window only
        where the draft names its ``channel``.
    :param prepared: whether the draft comes from :func:`prepare_message`, so that it is sent at once, as it
        is.
    :param most_requests: how often the message is sent at most, when each outcome was unknown and nothing was
        found afterwards.
    :param looked_at: when the caller began to find out that nobody has sent it yet, by the clock; by default
        when the draft's attempt began, or else now.
    :param is_locked: whether the caller holds a lock under which nobody else sends it.
    :param has_listener: whether the caller has made sure that somebody sees the customer's reply.
    :param clock: gives seconds.
    :raises ConversationEnded: when there is no such conversation.
    :raises NobodyListens: when nobody would see the customer's reply.
    :raises SessionWindowClosed: when the channel takes no free text any more.
    :raises TemplateRefused: when the channel needs an approved template, and this one is not.
    :raises FlexoutError: when Twilio refuses it.
    """
    with conversation_exists(draft.conversation_sid):
        began, last_inbound = clock(), LastInbound()
        wait = VisibilityWait(draft.key, str(draft.conversation_sid)) if draft.retried else None
        if not (first_attempt or prepared):
            earlier, last_inbound, newest = yield from _read_back(draft, wait)
            if earlier:
                return _adopted(draft, earlier)
            if not has_listener:
                yield from _check_listener(draft, newest)
        if not prepared:
            draft = yield from resolve_content(draft, last_inbound, may_ask=not first_attempt)
        guarded = GuardedRequest(
            draft.key,
            lambda: _look(draft),
            lambda: _send(draft),
            clock,
            most_requests=most_requests,
        )
        if is_locked:
            sent = yield from guarded.send_under_lock()
        else:
            exclusively = (draft.retried or draft.shared_key) and not first_attempt
            since = draft.began_at if looked_at is None else looked_at
            sent = yield from guarded.send(began if since is None else since, exclusively=exclusively)
        if wait:
            yield from wait.end()
        return sent


def prepare_message(
    draft: MessageDraft, wait: VisibilityWait | None = None, *, conversation: Conversation | None = None
) -> Procedure[MessageDraft]:
    """Do everything that comes before the request, for a caller who wants to look once more before it.

    :param draft: the message and its conversation. If an earlier attempt sent it, the caller's own look shows
        that.
    :param wait: the wait for an earlier attempt's message, where its request may still be on its way.
    :param conversation: the same conversation, where the caller has just fetched it.
    :raises FlexoutError: as :func:`send_once` does.
    """
    with conversation_exists(draft.conversation_sid):
        earlier, last_inbound, newest = yield from _read_back(draft, wait)
        if not earlier:
            yield from _check_listener(draft, newest, conversation)
        return (yield from resolve_content(draft, last_inbound))


def find_sent(draft: MessageDraft) -> Procedure[Message | None]:
    """Look once for the message that an earlier attempt may have sent.

    :param draft: the message and its conversation.
    :raises ConversationEnded: when there is no such conversation.
    """
    with conversation_exists(draft.conversation_sid):
        message, _, _ = yield from _read_back(draft)
        return message


def _check_listener(
    draft: MessageDraft, newest: NewestMessages, conversation: Conversation | None = None
) -> Procedure[None]:
    """Make sure that somebody sees the customer's reply; if the draft names who does, no request is made.

    A webhook that was there listens until somebody writes: Flex removes it when it makes the agent's task.
    """
    wrote, wrote_lately = has_written(newest.messages, newest.read_at)
    listener = draft.listener or ""
    if listener.startswith("WT") or (listener and not wrote):
        return
    if conversation is None:
        conversation = yield fetch_conversation(str(draft.conversation_sid))
    yield from check_listener(conversation, draft.workspace_sid, wrote_lately=wrote_lately)


def _send(draft: MessageDraft) -> Procedure[SentMessage]:
    conversation_sid = str(draft.conversation_sid)
    message = yield create_message(
        conversation_sid,
        author=draft.author,
        body=draft.body,
        subject=draft.subject,
        media_sid=draft.media_sid,
        content_sid=draft.content_sid,
        content_variables=draft.variables,
        attributes=as_json(draft.keyed_attributes),
    )
    metrics.count("messages", "queued")
    log.info("Sent message %s into conversation %s.", message.sid, conversation_sid)
    return SentMessage(message.sid, conversation_sid, message.index, created=True)


def _look(draft: MessageDraft) -> Procedure[SentMessage | None]:
    earlier, _, _ = yield from _read_back(draft)
    return _adopted(draft, earlier) if earlier else None


def _adopted(draft: MessageDraft, earlier: Message) -> SentMessage:
    metrics.count("repeats_prevented", "message")
    log.info("An earlier attempt sent this message, so nothing was sent now: %s.", earlier.sid)
    return SentMessage(earlier.sid, str(draft.conversation_sid), earlier.index, created=False)


def _read_back(
    draft: MessageDraft, wait: VisibilityWait | None = None
) -> Procedure[tuple[Message | None, LastInbound, NewestMessages]]:
    """Read the conversation: the message of an earlier attempt, the customer's last one before it, and all.

    :param wait: the wait for an earlier attempt's message, where its request may still be on its way.
    """
    last_inbound, newest = LastInbound(), NewestMessages()

    def look() -> Procedure[Message | None]:
        nonlocal last_inbound, newest
        newest = yield from read_back(str(draft.conversation_sid), lambda one: _key_of(one) == draft.key)
        others = (one for one in newest.messages if _key_of(one) is None)
        inbound = (last_inbound_of(one, newest.read_at) for one in others)
        last_inbound = next(filter(None, inbound), LastInbound())
        return newest.reached

    message = yield from (wait.look_for(look) if wait else look())
    return message, last_inbound, newest


def _key_of(message: Message) -> str | None:
    return durable.attribute_key(message.attribute_object)
