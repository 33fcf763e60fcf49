"""Saying something in a conversation once.

Twilio has no guard against a second message, so a message carries its key among its attributes, and
every attempt reads the conversation back before it sends. After an earlier attempt it keeps looking for
as long as that one's request may still be on its way.

Not covered, since nothing at Twilio could tell them apart: two attempts that send at the same moment, as
two runs that share an ``idempotency_key`` may, and an attempt that stands still for longer than the
settling period between its last look and its request.
"""

from __future__ import annotations

import dataclasses
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.errors import ConversationEnded
from airflow_provider_flexout.outreach.message.content import phrased
from airflow_provider_flexout.outreach.message.draft import KEY_ATTRIBUTE
from airflow_provider_flexout.outreach.message.session_window import Heard, heard_from
from airflow_provider_flexout.twilio.api.messages import create_message, list_messages
from airflow_provider_flexout.twilio.http.call import Pause
from airflow_provider_flexout.twilio.http.errors import NotFound, OutcomeUnknown
from airflow_provider_flexout.twilio.http.pagination import next_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_provider_flexout.outreach.message.draft import Utterance
    from airflow_provider_flexout.twilio.api.messages import Message, Messages
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

_SETTLE = 30.0
_LOOK_EVERY = 5.0
_TRIES = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
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
        return dataclasses.asdict(self)


def say_once(
    utterance: Utterance, *, looked: bool = False, ready: bool = False, tries: int = _TRIES
) -> Procedure[Said]:
    """Say something, unless an earlier attempt has said it.

    One request into a conversation just opened, two into any other: a look back, and the message. Where the
    channel is neither given nor told by what the customer has written, and matters (free text and files), a
    third asks who takes part. A template is looked up with two more, once for each process. A file costs its
    upload, and one more where the connection names no ``chat_service_sid``.

    :param utterance: what, and where.
    :param looked: whether the caller knows that nobody has said it yet, having looked or having just
        created the conversation; the first look is then spared. Free text is then checked against the
        customer's 24 hours only where the utterance names its ``channel``.
    :param ready: whether :func:`make_ready` made the utterance, so that it is sent at once, as it is.
    :param tries: how often it is sent, where it is unknown what became of it and a long look finds nothing.
    :raises ConversationEnded: when there is no such conversation.
    :raises WindowClosed: when the channel takes no free text from us any more.
    :raises TemplateRefused: when WhatsApp has not approved the template.
    :raises FlexoutError: when Twilio refuses it.
    """
    with _conversation_exists(utterance):
        return (yield from _say_once(utterance, looked=looked, ready=ready, tries=tries))


def make_ready(utterance: Utterance) -> Procedure[Utterance]:
    """Do everything that comes before the request, for a caller who wants to look once more before it.

    :param utterance: what, and where; if an earlier attempt said it, the caller's own look shows that.
    :raises FlexoutError: as :func:`say_once` does.
    """
    with _conversation_exists(utterance):
        found = yield from _look_back(utterance, _SETTLE if utterance.retried else 0.0)
        return (yield from phrased(utterance, found.heard))


def look_for(utterance: Utterance) -> Procedure[Message | None]:
    """Look once for what an earlier attempt may have said.

    :param utterance: what, and where.
    :raises ConversationEnded: when there is no such conversation.
    """
    with _conversation_exists(utterance):
        return (yield from _find(utterance)).message


@contextmanager
def _conversation_exists(utterance: Utterance) -> Iterator[None]:
    try:
        yield
    except NotFound as gone:
        raise ConversationEnded(
            f"There is no conversation {utterance.conversation_sid} in this account, or not any more."
        ) from gone


def _say_once(utterance: Utterance, *, looked: bool, ready: bool, tries: int) -> Procedure[Said]:
    conversation_sid = str(utterance.conversation_sid)
    earlier, heard = None, Heard()
    if not (looked or ready):
        found = yield from _look_back(utterance, _SETTLE if utterance.retried else 0.0)
        earlier, heard = found.message, found.heard
    if earlier is None and not ready:
        utterance = yield from phrased(utterance, heard, may_ask=not looked)
    tried = 0
    while earlier is None:
        tried += 1
        try:
            message = yield create_message(
                conversation_sid,
                author=utterance.author,
                body=utterance.body,
                subject=utterance.subject,
                media_sid=utterance.media_sid,
                content_sid=utterance.content_sid,
                content_variables=utterance.variables,
                attributes=utterance.marked_attributes,
            )
        except OutcomeUnknown:
            earlier = (yield from _look_back(utterance, _SETTLE)).message
            if earlier is None and tried == tries:
                raise
        else:
            log.info("Sent message %s into conversation %s.", message.sid, conversation_sid)
            return Said(message.sid, conversation_sid, message.index, created=True)
    log.info("This message was sent by an earlier attempt, nothing was sent: %s.", earlier.sid)
    return Said(earlier.sid, conversation_sid, earlier.index, created=False)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a conversation shows: our message, or else what the customer last said."""

    message: Message | None
    heard: Heard


def _look_back(utterance: Utterance, seconds: float) -> Procedure[_Found]:
    """Look for the message, again and again until a time is over."""
    left = seconds
    while True:
        found = yield from _find(utterance)
        if found.message or left <= 0:
            return found
        yield Pause(min(_LOOK_EVERY, left))
        left -= _LOOK_EVERY


def _find(utterance: Utterance) -> Procedure[_Found]:
    """Read the conversation back, the newest messages first."""
    heard: Heard | None = None
    call: Call[Messages] | None = list_messages(str(utterance.conversation_sid), order="desc")
    while call is not None:
        page = yield call
        for message in page.items:
            key = message.attribute_object.get(KEY_ATTRIBUTE)
            if key == utterance.key:
                return _Found(message, heard or Heard())
            if key is None:
                heard = heard or heard_from(message, page.served_at)
        call = next_page(call, page)
    return _Found(None, heard or Heard())
