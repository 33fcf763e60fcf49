"""A card of the page: a conversation with its customers, its channel, its tasks and its newest messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.page.provenance import source_in
from airflow_provider_flexout.sandbox.rules.participants import customers, role

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import (
        ConversationRecord,
        MessageRecord,
        ParticipantRecord,
        TaskRecord,
    )
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["card"]

_SHOWN: Final = 60


def card(store: Store, conversation: ConversationRecord) -> dict[str, Any]:
    """Return a conversation's card.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    """
    channel = store.channels.get(conversation.channel_sid or "")
    tasks = store.tasks_of(channel) if channel else []
    people = customers(conversation)
    named = [channel.customer_name] if channel else []
    # Before an agent comes in, the name is where a Studio flow reads it.
    names = [*(_name_in(each.attributes) for each in tasks), *named, _name_in(conversation.attributes)]
    return {
        "sid": conversation.sid,
        "n": conversation.n,
        "created": conversation.created,
        "name": conversation.unique_name or conversation.friendly_name,
        "state": conversation.state,
        "kind": channel.kind if channel else (people[0].kind if people else None),
        "channel": channel.status if channel else None,
        "interaction": channel.interaction_sid if channel else None,
        "customers": [_customer(each) for each in people],
        "customer_name": next(filter(None, names), None),
        "source": source_in(conversation.attributes),
        "tasks": [_task(store, each) for each in tasks],
        "said": conversation.next_index,
        "messages": [_message(conversation, each) for each in conversation.messages[-_SHOWN:]],
    }


def _customer(row: ParticipantRecord) -> dict[str, Any]:
    return {"sid": row.sid, "who": row.who, "kind": row.kind, "ours": row.proxy_address, "name": row.name}


def _name_in(attributes: str) -> str | None:
    name = json.loads(attributes).get("customerName")
    return str(name) if name else None


def _task(store: Store, row: TaskRecord) -> dict[str, Any]:
    worker = store.workspace.workers.get(row.reserved_by or "")
    attributes = json.loads(row.attributes)
    return {
        "sid": row.sid,
        "status": row.status,
        "reason": row.reason,
        "created": row.created,
        "queue": row.queue_sid,
        "worker": worker.name if worker else None,
        "for_worker": row.target_sid,
        "priority": row.priority,
        "given": {name: value for name, value in attributes.items() if name in _given(attributes)},
    }


def _given(attributes: dict[str, Any]) -> set[str]:
    """Return the names of the attributes that the interaction was created with, and that are plain values."""
    return {
        name
        for name, value in attributes.items()
        if name not in _OF_FLEX and not name.startswith("flex") and isinstance(value, (str, int, float))
    }


_OF_FLEX: Final = frozenset(
    {"channelType", "conversationSid", "customerName", "customerAddress", "direction", "from", "initiatedBy"}
) | {"taskCreateSource"}


def _message(conversation: ConversationRecord, row: MessageRecord) -> dict[str, Any]:
    summary = row.delivery()
    return {
        "sid": row.sid,
        "index": row.index,
        "at": row.created,
        "author": row.author,
        "role": role(conversation, row.author),
        "body": row.body,
        "content_sid": row.content_sid,
        "media_sid": row.media_sid,
        "subject": row.subject,
        "delivery": _furthest(summary) if summary else None,
        "code": next((each.error_code for each in row.receipts if each.error_code), None),
        "source": source_in(row.attributes),
    }


def _furthest(summary: dict[str, Any]) -> str:
    for status in ("failed", "undelivered", "read", "delivered", "sent"):
        if summary[status] != "none":
            return status
    return "queued"
