"""Orphans: conversations of ours on which no interaction was created, left by a machine that was lost.

A task that is killed on its last try cannot clean up after itself. What it leaves holds the customer's pair
of addresses, so their next message would land where no agent looks.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.errors import InvalidInput, RecordTooNew
from airflow_provider_flexout.outreach.interaction.conversation_first import ConversationFirst
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, list_conversations
from airflow_provider_flexout.twilio.http.errors import FlexoutError, NotFound
from airflow_provider_flexout.twilio.http.pagination import next_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from airflow_provider_flexout.twilio.api.conversations import Conversation, ConversationPage
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OrphanedConversation:
    """A conversation whose record names no interaction.

    :param conversation_sid: ``CH…``.
    :param channel: ``sms``, ``whatsapp``, and so on.
    :param to: the customer's address, masked.
    :param since: when anything in it changed last.
    :param key: the outreach's key.
    """

    conversation_sid: str
    channel: str
    to: str
    since: datetime
    key: str


def find_orphans(older_than: timedelta) -> Procedure[list[OrphanedConversation]]:
    """List the open conversations of the last 30 days whose outreach stopped half-way.

    :param older_than: how long nothing may have changed in them; ten minutes at least.
    :raises InvalidInput: when ``older_than`` is too short to be safe.
    """
    if older_than < timing.ORPHAN_MIN_AGE:
        raise InvalidInput(
            "older_than",
            f"{older_than} is too short: a task may be at work on it; the least is {timing.ORPHAN_MIN_AGE}.",
        )
    start = datetime.now(timezone.utc) - timing.ORPHAN_LOOK_BACK
    call: Call[ConversationPage] | None = list_conversations(
        state="active", start_date=f"{start:%Y-%m-%d}T00:00:00Z"
    )
    found = []
    while call:
        page = yield call
        now = page.served_at or datetime.now(timezone.utc)
        seen = (_orphan(one) for one in page.items)
        found += [one for one in seen if one and one.since <= now - older_than]
        call = next_page(call, page)
    return found


def delete_orphan(
    orphan: OrphanedConversation, workspace_sid: str, *, clock: Callable[[], float] = time.monotonic
) -> Procedure[bool]:
    """Delete an orphan, unless it turns out that somebody was contacted.

    This takes over half a minute. The lease is taken first, as any later attempt at the outreach does, so
    that this and a task that is retried at the same moment never both believe that the conversation is
    theirs.

    :param orphan: one of :func:`find_orphans`.
    :param workspace_sid: ``WS…``, where its task would be.
    :param clock: seconds.
    :returns: whether it was deleted.
    """
    request = InteractionRequest(
        key=orphan.key,
        channel={"type": orphan.channel},
        routing={"properties": {"workspace_sid": workspace_sid}},
        strategy="conversation_first",
    )
    try:
        conversation = yield fetch_conversation(orphan.conversation_sid)
        if not _orphan(conversation):
            return False  # a later attempt has been here
        return (yield from ConversationFirst(request, uuid.uuid4().hex, clock).delete_orphan(conversation))
    except NotFound:
        return False
    except FlexoutError as error:
        log.warning("Conversation %s stays: %s", orphan.conversation_sid, error)
        return False


def _orphan(conversation: Conversation) -> OrphanedConversation | None:
    try:
        record = OutreachRecord.read(conversation.attribute_object)
    except RecordTooNew as error:
        log.warning("Conversation %s stays: %s", conversation.sid, error)
        return None
    since = conversation.date_updated
    named = str(conversation.unique_name or "").startswith(durable.UNIQUE_NAME_PREFIX)
    if record is None or record.sids or since is None or not named or conversation.state == "closed":
        return None
    return OrphanedConversation(conversation.sid, record.channel, record.to, since, record.key)
