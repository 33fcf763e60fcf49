"""Orphans: conversations of ours that lead to no agent, left by a machine that was lost.

A task that is killed on its last try cannot clean up after itself. What it leaves holds the customer's pair
of addresses, so their next message would land where no agent looks: in a conversation without an interaction,
or, if it was to begin without an agent, without the webhook that hears the reply. A conversation whose
replies the pipeline routes needs neither, and closes by its timer.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.conversation.agent_on_reply import AgentOnReply
from airflow_provider_flexout.outreach.conversation.request import PIPELINE, ConversationRequest
from airflow_provider_flexout.outreach.errors import InvalidInput, RecordDamaged, RecordTooNew
from airflow_provider_flexout.outreach.interaction.conversation_first import ConversationFirst
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
from airflow_provider_flexout.outreach.values.durations import format_duration
from airflow_provider_flexout.twilio.api.conversations import (
    fetch_conversation,
    list_conversation_webhooks,
    list_conversations,
)
from airflow_provider_flexout.twilio.http.errors import FlexoutError, NotFound
from airflow_provider_flexout.twilio.http.pagination import next_page, read_pages

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from airflow_provider_flexout.outreach.interaction.named_conversation import NamedConversation
    from airflow_provider_flexout.twilio.api.conversations import Conversation, ConversationPage
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OrphanedConversation:
    """A conversation that leads to no agent.

    :param conversation_sid: ``CH…``.
    :param channel: ``sms``, ``whatsapp``, and so on.
    :param to: the customer's address, masked.
    :param since: when anything in it changed last.
    :param key: the outreach's key.
    :param flow_sid: the Studio flow that was to hear the reply, ``FW…``; ``None`` for an interaction.
    """

    conversation_sid: str
    channel: str
    to: str
    since: datetime
    key: str
    flow_sid: str | None = None


def find_orphans(older_than: timedelta) -> Procedure[list[OrphanedConversation]]:
    """List the open conversations of the last 30 days whose outreach stopped half-way.

    :param older_than: how long nothing may have changed in them; ten minutes at least.
    :raises InvalidInput: when ``older_than`` is too short to be safe.
    """
    if older_than < timing.ORPHAN_MIN_AGE:
        raise InvalidInput(
            "older_than",
            f"{format_duration(older_than)} is too short: a task may still be at work; "
            f"the shortest is {format_duration(timing.ORPHAN_MIN_AGE)}.",
        )
    start = datetime.now(timezone.utc) - timing.ORPHAN_LOOK_BACK
    call: Call[ConversationPage] | None = list_conversations(
        state="active", start_date=f"{start:%Y-%m-%d}T00:00:00Z"
    )
    found: list[OrphanedConversation] = []
    while call:
        page = yield call
        now = page.served_at or datetime.now(timezone.utc)
        seen = (_orphan(one) for one in page.items)
        for one in seen:
            if one is None or one.since > now - older_than or (yield from _has_webhook(one)):
                continue
            found.append(one)
        call = next_page(call, page)
    return found


def delete_orphan(
    orphan: OrphanedConversation, workspace_sid: str, *, clock: Callable[[], float] = time.monotonic
) -> Procedure[bool]:
    """Delete an orphan, unless it turns out that somebody was contacted.

    This takes some seconds. The lease is taken first, as any later attempt at the outreach does, so
    that this and a task that is retried at the same moment never both believe that the conversation is
    theirs.

    :param orphan: one of :func:`find_orphans`.
    :param workspace_sid: ``WS…``, where its task would be.
    :param clock: seconds.
    :returns: whether it was deleted.
    """
    try:
        conversation = yield fetch_conversation(orphan.conversation_sid)
        if not _orphan(conversation):
            return False  # a later attempt has been here
        attempt = _attempt(orphan, workspace_sid, clock)
        return (yield from attempt.delete_orphan(conversation))
    except NotFound:
        return False
    except FlexoutError as error:
        log.warning("Conversation %s stays: %s", orphan.conversation_sid, error)
        return False


def _attempt(
    orphan: OrphanedConversation, workspace_sid: str, clock: Callable[[], float]
) -> NamedConversation[Any]:
    request: dict[str, Any] = {
        "key": orphan.key,
        "channel": {"type": orphan.channel},
        "routing": {"properties": {"workspace_sid": workspace_sid}},
        "strategy": "conversation_first",
    }
    if orphan.flow_sid:
        return AgentOnReply(ConversationRequest(**request, flow_sid=orphan.flow_sid), uuid.uuid4().hex, clock)
    return ConversationFirst(InteractionRequest(**request), uuid.uuid4().hex, clock)


def _has_webhook(orphan: OrphanedConversation) -> Procedure[bool]:
    if not orphan.flow_sid:
        return False
    webhooks = yield from read_pages(list_conversation_webhooks(orphan.conversation_sid))
    return any(one.flow_sid == orphan.flow_sid for one in webhooks)


def _orphan(conversation: Conversation) -> OrphanedConversation | None:
    try:
        record = OutreachRecord.read(conversation.attribute_object)
    except (RecordDamaged, RecordTooNew) as error:
        log.warning("Conversation %s stays: %s", conversation.sid, error)
        return None
    since = conversation.date_updated
    named = str(conversation.unique_name or "").startswith(durable.UNIQUE_NAME_PREFIX)
    if record is None or record.sids or since is None or not named or conversation.state == "closed":
        return None
    if record.on_reply == PIPELINE:
        return None
    return OrphanedConversation(
        conversation.sid, record.channel, record.to, since, record.key, record.on_reply
    )
