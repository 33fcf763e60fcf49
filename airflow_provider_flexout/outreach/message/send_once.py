"""Saying something in a conversation once.

Twilio has no guard against a second message, so a message carries its key among its attributes, and
every attempt reads the conversation back before it sends. After an earlier attempt it keeps looking for
as long as that one's request may still be on its way.

Not covered, since nothing at Twilio could tell them apart: two attempts that send at the same moment, as
two runs that share an ``idempotency_key`` may, and an attempt that stands still for longer than the
settling period between its last look and its request.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import ConversationEnded
from airflow_provider_flexout.outreach.message.content import resolve_content
from airflow_provider_flexout.outreach.message.session_window import LastInbound, last_inbound_of
from airflow_provider_flexout.twilio.api.messages import create_message, list_messages
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import NotFound, OutcomeUnknown
from airflow_provider_flexout.twilio.http.pagination import next_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.twilio.api.messages import Message, MessagePage
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

_VISIBILITY_DELAY = 30.0
_LOOK_EVERY = 5.0
_TRIES = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What was said.

    :param message_sid: ``IM…``.
    :param conversation_sid: ``CH…``.
    :param index: its place in the conversation.
    :param created: false when an earlier attempt had said it.
    """

    message_sid: str
    conversation_sid: str
    index: int | None
    created: bool

    def as_dict(self) -> dict[str, Any]:
        """Give plain JSON."""
        return durable.fields(self, durable.MESSAGE_FIELDS)


def send_once(
    draft: MessageDraft, *, looked: bool = False, ready: bool = False, tries: int = _TRIES
) -> Procedure[SentMessage]:
    """Say something, unless an earlier attempt has said it.

    One request into a conversation just opened, two into any other: a look back, and the message. Where the
    channel is neither given nor told by what the customer has written, and matters (free text and files), a
    third asks who takes part. A template is looked up with two more, once for each process. A file costs its
    upload, and one more where the connection names no ``chat_service_sid``.

    :param draft: what, and where.
    :param looked: whether the caller knows that nobody has said it yet, having looked or having just
        created the conversation; the first look is then spared. Free text is then checked against the
        customer's 24 hours only where the utterance names its ``channel``.
    :param ready: whether :func:`prepare_message` made the utterance, so that it is sent at once, as it is.
    :param tries: how often it is sent, where it is unknown what became of it and a long look finds nothing.
    :raises ConversationEnded: when there is no such conversation.
    :raises SessionWindowClosed: when the channel takes no free text from us any more.
    :raises TemplateRefused: when WhatsApp has not approved the template.
    :raises FlexoutError: when Twilio refuses it.
    """
    with _conversation_exists(draft):
        return (yield from _send_once(draft, looked=looked, ready=ready, tries=tries))


def prepare_message(draft: MessageDraft) -> Procedure[MessageDraft]:
    """Do everything that comes before the request, for a caller who wants to look once more before it.

    :param draft: what, and where; if an earlier attempt said it, the caller's own look shows that.
    :raises FlexoutError: as :func:`send_once` does.
    """
    with _conversation_exists(draft):
        found = yield from _look_back(draft, _VISIBILITY_DELAY if draft.retried else 0.0)
        return (yield from resolve_content(draft, found.last_inbound))


def find_sent(draft: MessageDraft) -> Procedure[Message | None]:
    """Look once for what an earlier attempt may have said.

    :param draft: what, and where.
    :raises ConversationEnded: when there is no such conversation.
    """
    with _conversation_exists(draft):
        return (yield from _find(draft)).message


@contextmanager
def _conversation_exists(draft: MessageDraft) -> Iterator[None]:
    try:
        yield
    except NotFound as gone:
        raise ConversationEnded(
            f"There is no conversation {draft.conversation_sid} in this account, or not any more."
        ) from gone


def _send_once(draft: MessageDraft, *, looked: bool, ready: bool, tries: int) -> Procedure[SentMessage]:
    conversation_sid = str(draft.conversation_sid)
    earlier, last_inbound = None, LastInbound()
    if not (looked or ready):
        found = yield from _look_back(draft, _VISIBILITY_DELAY if draft.retried else 0.0)
        earlier, last_inbound = found.message, found.last_inbound
    if earlier is None and not ready:
        draft = yield from resolve_content(draft, last_inbound, may_ask=not looked)
    tried = 0
    while earlier is None:
        tried += 1
        try:
            message = yield create_message(
                conversation_sid,
                author=draft.author,
                body=draft.body,
                subject=draft.subject,
                media_sid=draft.media_sid,
                content_sid=draft.content_sid,
                content_variables=draft.variables,
                attributes=draft.keyed_attributes,
            )
        except OutcomeUnknown:
            earlier = (yield from _look_back(draft, _VISIBILITY_DELAY)).message
            if earlier is None and tried == tries:
                raise
        else:
            log.info("Sent message %s into conversation %s.", message.sid, conversation_sid)
            return SentMessage(message.sid, conversation_sid, message.index, created=True)
    log.info("This message was sent by an earlier attempt, nothing was sent: %s.", earlier.sid)
    return SentMessage(earlier.sid, conversation_sid, earlier.index, created=False)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a conversation shows: our message, or else what the customer last said."""

    message: Message | None
    last_inbound: LastInbound


def _look_back(draft: MessageDraft, seconds: float) -> Procedure[_Found]:
    """Look for the message, again and again until a time is over."""
    left = seconds
    while True:
        found = yield from _find(draft)
        if found.message or left <= 0:
            return found
        yield Sleep(min(_LOOK_EVERY, left))
        left -= _LOOK_EVERY


def _find(draft: MessageDraft) -> Procedure[_Found]:
    """Read the conversation back, the newest messages first."""
    last_inbound: LastInbound | None = None
    call: Call[MessagePage] | None = list_messages(str(draft.conversation_sid), order="desc")
    while call is not None:
        page = yield call
        for message in page.items:
            key = message.attribute_object.get(durable.KEY_ATTRIBUTE)
            if key == draft.key:
                return _Found(message, last_inbound or LastInbound())
            if key is None:
                last_inbound = last_inbound or last_inbound_of(message, page.served_at)
        call = next_page(call, page)
    return _Found(None, last_inbound or LastInbound())
