"""Opening a conversation without an agent once, or taking up one that exists already: the way in.

A conversation is taken up so that somebody sees what the customer replies in it. Where an agent, a webhook or
the pipeline listens, it stays as it is. Otherwise, as after an agent has left, the webhook is registered
again. Attempts exclude each other as they do when a conversation is opened: by the lease in the record of the
outreach that opened it without an agent, or, if none did, in a record of its own.
"""

from __future__ import annotations

import logging
import time
import uuid
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.conversation.agent_on_reply import AgentOnReply
from airflow_provider_flexout.outreach.conversation.request import (
    PIPELINE,
    ConversationRequest,
    ConversationResult,
)
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.outreach.listener import (
    Listener,
    find_listener,
    find_listener_soon,
    has_written,
)
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation
from airflow_provider_flexout.twilio.http.errors import FlexoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure

log = logging.getLogger(__name__)


def create_once(
    request: ConversationRequest,
    *,
    on_open_conversation: str = "fail",
    clock: Callable[[], float] = time.monotonic,
) -> Procedure[ConversationResult]:
    """Open a conversation with a customer without an agent, or adopt what an earlier attempt opened.

    The first attempt takes three requests: the conversation, the customer, and the webhook (none with
    ``"pipeline"``). Nobody is contacted by them.

    :param request: the outreach.
    :param on_open_conversation: ``join`` takes an open conversation that the customer has with this sender,
        and registers its webhook again where nobody listens. With ``fail`` or ``skip``,
        :class:`AlreadyTalking` is raised for the caller.
    :param clock: gives seconds, for knowing how long a lease still runs.
    :raises AlreadyTalking: when the customer has an open conversation with this sender.
    :raises FlexoutError: when Twilio refuses it, or is out of reach.
    """
    try:
        return (yield from AgentOnReply(request, uuid.uuid4().hex, clock).open())
    except AlreadyTalking as talking:
        if on_open_conversation != "join":
            raise
        return (yield from join_conversation(request, talking, clock))


_NEWEST = 20
"""How many messages are read to see whether the customer has just written."""


def join_conversation(
    request: ConversationRequest, talking: AlreadyTalking, clock: Callable[[], float]
) -> Procedure[ConversationResult]:
    """Take the open conversation that the customer has with this sender already.

    :param request: the outreach.
    :param talking: the error that named the conversation.
    :param clock: gives seconds, for knowing how long a lease still runs.
    :raises AlreadyTalking: when it named none.
    """
    joined = talking.conversation_sid
    if not joined.startswith("CH"):
        raise talking
    conversation = yield fetch_conversation(joined)
    listener = yield from TakenUp(request, uuid.uuid4().hex, clock).let_listen(conversation)
    log.warning("Joined conversation %s.", joined)
    return ConversationResult(joined, None, listener.webhook_sid, request.channel_type, created=False)


def listen_again(
    conversation_sid: str, workspace_sid: str | None, clock: Callable[[], float]
) -> Procedure[None]:
    """Register the webhook of a conversation that began without an agent again, where nobody listens in it.

    Errors are only logged, because the caller sends its message all the same.

    :param conversation_sid: ``CH…``.
    :param workspace_sid: ``WS…``, where the conversation's task would be.
    :param clock: gives seconds, for knowing how long a lease still runs.
    """
    try:
        conversation = yield fetch_conversation(conversation_sid)
        record = OutreachRecord.read(conversation.attribute_object)
        if not (record and record.on_reply and workspace_sid) or conversation.state == "closed":
            return
        request = request_of_record(record, workspace_sid)
        yield from TakenUp(request, uuid.uuid4().hex, clock).let_listen(conversation)
    except FlexoutError as error:
        log.warning("A reply in conversation %s may go unseen: %s", conversation_sid, error)


def request_of_record(record: OutreachRecord, workspace_sid: str) -> ConversationRequest:
    """Make the request of an outreach again, as far as its record says.

    :param record: the record of a conversation that began without an agent.
    :param workspace_sid: ``WS…``, where its task would be.
    """
    return ConversationRequest(
        key=record.key,
        channel={"type": record.channel},
        routing={"properties": {"workspace_sid": workspace_sid}},
        strategy="conversation_first",
        flow_sid=None if record.on_reply == PIPELINE else record.on_reply,
    )


class TakenUp(AgentOnReply):
    """One attempt at letting somebody listen in a conversation that already exists."""

    _conversation: Conversation

    def let_listen(self, conversation: Conversation) -> Procedure[Listener]:
        """Register the webhook, or note that the pipeline listens, unless somebody listens.

        :param conversation: the conversation, fetched just now.
        """
        self._conversation = conversation
        newest = yield from read_back(conversation.sid, page_size=_NEWEST, pages=1)
        _, wrote_lately = has_written(newest.messages, newest.read_at)
        listener: Listener | None = yield from find_listener_soon(
            conversation, self._request.workspace_sid, wrote_lately=wrote_lately
        )
        if listener:
            return listener
        record = OutreachRecord.read(conversation.attribute_object)
        if record is None or record.on_reply is None or self._request.flow_sid is None:
            self._keep_record_in(durable.REPLY_RECORD_ATTRIBUTE)
        if self._request.flow_sid is None:
            written = new_record(self._request, self._attempt_id, 0.0)
            attributes = written.write_into(conversation.attribute_object, self._request.record_attribute)
            yield update_conversation(conversation.sid, attributes=attributes)
            return Listener(None)
        return (yield from self._register(conversation))

    def _find(self, conversation_sid: str) -> Procedure[Listener | None]:
        return (yield from find_listener(self._conversation, self._request.workspace_sid))
