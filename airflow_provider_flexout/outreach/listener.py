"""Who listens in a conversation, so that somebody sees what the customer replies.

The listener is an agent, a webhook, or the pipeline if the outreach said so when it opened the conversation.
A conversation without this provider's record is not judged: its owner may listen by means that no
conversation shows, such as a webhook for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.errors import NobodyListens
from airflow_provider_flexout.outreach.inbox.customers import customers_of
from airflow_provider_flexout.outreach.waiters.polling import look_for
from airflow_provider_flexout.twilio.api.conversations import list_conversation_webhooks, list_participants
from airflow_provider_flexout.twilio.api.tasks import list_tasks
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from airflow_provider_flexout.twilio.api.conversations import Conversation, ConversationWebhook
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure

LIVE = ("pending", "reserved", "assigned")
"""The states of a task with which an agent is, or will be, there for the customer."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears the customer's reply.

    :param webhook_sid: the webhook, ``WH…``; ``None`` where it is an agent or the pipeline.
    """

    webhook_sid: str | None


def check_listener(
    conversation: Conversation, workspace_sid: str | None, *, wrote_lately: bool
) -> Procedure[None]:
    """Refuse to speak where nobody would see the reply, in a conversation of ours without an agent.

    :param conversation: the conversation, fetched just now.
    :param workspace_sid: ``WS…``, where its task would be; ``None`` where it is not known.
    :param wrote_lately: whether the customer has just written, so that an agent's task may not show yet.
    :raises NobodyListens: when nobody would.
    """
    record = conversation.attribute_object.get(durable.RECORD_ATTRIBUTE)
    if not durable.record_key(record) or durable.record_sids(record):
        return
    found = yield from find_listener_soon(conversation, workspace_sid, wrote_lately=wrote_lately)
    if found is None:
        raise NobodyListens(conversation.sid)


def find_listener_soon(
    conversation: Conversation, workspace_sid: str | None, *, wrote_lately: bool
) -> Procedure[Listener | None]:
    """Look for who listens, and for longer where an agent's task may be on its way.

    The parameters are those of :func:`check_listener`.
    """
    return (
        yield from look_for(
            lambda: find_listener(conversation, workspace_sid),
            timing.VISIBILITY_DELAY if wrote_lately else 0.0,
        )
    )


def find_listener(conversation: Conversation, workspace_sid: str | None) -> Procedure[Listener | None]:
    """Look once for who listens in a conversation.

    :param conversation: the conversation.
    :param workspace_sid: ``WS…``, where its task would be; ``None`` where it is not known.
    """
    if is_the_pipelines(conversation):
        return Listener(None)
    webhook = yield from oldest_listener_webhook(conversation.sid)
    if webhook:
        return Listener(webhook.sid)
    everybody = yield from read_pages(list_participants(conversation.sid))
    customers = {one.sid for one in customers_of(everybody)}
    if any(one.identity and one.sid not in customers for one in everybody):
        return Listener(None)
    if workspace_sid and (yield from has_live_task(workspace_sid, conversation.sid)):
        return Listener(None)
    return None


def is_the_pipelines(conversation: Conversation) -> bool:
    """Say whether an outreach said that the pipeline routes the replies in a conversation.

    :param conversation: the conversation.
    """
    places = (durable.RECORD_ATTRIBUTE, durable.REPLY_RECORD_ATTRIBUTE)
    records = (conversation.attribute_object.get(place) for place in places)
    return any(durable.record_on_reply(one) == durable.PIPELINE for one in records)


def oldest_listener_webhook(conversation_sid: str) -> Procedure[ConversationWebhook | None]:
    """Find the oldest webhook that hears what the customer writes.

    :param conversation_sid: ``CH…``.
    """
    webhooks = yield from read_pages(list_conversation_webhooks(conversation_sid))
    hearing = (one for one in webhooks if one.hears_messages)
    return min(hearing, key=lambda one: (str(one.date_created), one.sid), default=None)


def has_live_task(workspace_sid: str, conversation_sid: str) -> Procedure[bool]:
    """Say whether an agent has a conversation, or will.

    :param workspace_sid: ``WS…``.
    :param conversation_sid: ``CH…``.
    """
    found = yield list_tasks(workspace_sid, attributes_match=f'conversationSid == "{conversation_sid}"')
    return any(one.assignment_status in LIVE for one in found.items)


def has_written(messages: Iterable[Message], now: datetime | None) -> tuple[bool, bool]:
    """Say whether anybody but this provider has written, and whether so lately that a task may not show yet.

    :param messages: of the conversation.
    :param now: when they were read, by Twilio's clock.
    """
    span = timedelta(seconds=timing.VISIBILITY_DELAY + timing.CLOCK_RESOLUTION)
    others = [one for one in messages if durable.KEY_ATTRIBUTE not in one.attribute_object]
    lately = (not (now and one.date_created) or now - one.date_created <= span for one in others)
    return bool(others), any(lately)
