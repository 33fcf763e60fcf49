"""The rules of conversations: unique names, states and timers, and what closing one releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules.preconditions import require_open
from airflow_provider_flexout.sandbox.state.records import ConversationRecord
from airflow_provider_flexout.sandbox.webhooks.conversation_events import (
    notify_conversation,
    notify_state,
)
from airflow_provider_flexout.sandbox.wire.http import ApiError
from airflow_provider_flexout.sandbox.wire.parameters import period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = [
    "close",
    "create",
    "delete",
    "restart_timers",
    "run_timers",
    "set_state",
    "update",
]


def _require_free_name(store: Store, name: str, owner: ConversationRecord | None) -> None:
    holder = store.by_name.get(name)
    if holder is not None and holder is not owner:
        raise ApiError(409, 50353, "Conversation with provided unique name already exists")


def create(
    store: Store, form: Mapping[str, Any], created_by: str, sid: str | None = None
) -> ConversationRecord:
    """Create a conversation.

    :param store: the sandbox's state.
    :param form: Twilio's form fields.
    :param created_by: who made it.
    :param sid: its SID, if it was chosen already.
    """
    state = form.get("State", "active")
    if state == "closed":
        raise ApiError(400, 50384, "Initial state can't be 'closed'")
    timers = {"Timers.Inactive", "Timers.Closed"} & form.keys()
    if timers and "State" not in form:
        raise ApiError(400, 50382, f"{min(timers)} can't be set without State")
    name = form.get("UniqueName")
    if name:
        _require_free_name(store, name, None)
    now = store.clock.time()
    conversation = ConversationRecord(
        sid=sid or store.sids.new("CH"),
        n=store.conversations.next_number(),
        created=form.get("DateCreated", now),
        updated=form.get("DateUpdated", now),
        created_by=created_by,
        friendly_name=form.get("FriendlyName"),
        unique_name=name or None,
        named=now,
        attributes=form.get("Attributes", "{}"),
        state=state,
        messaging_service_sid=form.get("MessagingServiceSid"),
        inactive_after=form.get("Timers.Inactive", _default_timer(store.account.inactive_timer)),
        closed_after=form.get("Timers.Closed", _default_timer(store.account.closed_timer)),
        email_address=form.get("Bindings.Email.Address"),
        email_name=form.get("Bindings.Email.Name"),
    )
    store.conversations.add(conversation)
    if name:
        store.by_name[name] = conversation
    restart_timers(store, conversation)
    store.events.add("conversation", conversation.sid, state=conversation.state, created=True)
    notify_conversation(store.webhooks, "onConversationAdded", conversation)
    return conversation


def _default_timer(text: str | None) -> float | None:
    return period(0)(text) if text else None


def update(store: Store, conversation: ConversationRecord, form: Mapping[str, Any]) -> None:
    """Change a conversation.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    :param form: Twilio's form fields.
    """
    require_open(conversation)
    if "UniqueName" in form:
        _rename(store, conversation, form["UniqueName"] or None)
    for field, name in (
        ("FriendlyName", "friendly_name"),
        ("Attributes", "attributes"),
        ("MessagingServiceSid", "messaging_service_sid"),
        ("Timers.Inactive", "inactive_after"),
        ("Timers.Closed", "closed_after"),
        ("Bindings.Email.Address", "email_address"),
        ("Bindings.Email.Name", "email_name"),
        ("DateCreated", "created"),
    ):
        if field in form:
            setattr(conversation, name, form[field])
    state = form.get("State", conversation.state)
    if state == "closed":
        close(store, conversation)
    elif {"State", "Timers.Inactive", "Timers.Closed"} & form.keys():
        set_state(store, conversation, state, "API")
        restart_timers(store, conversation)
    conversation.updated = form.get("DateUpdated", store.clock.time())
    notify_conversation(store.webhooks, "onConversationUpdated", conversation)


def set_state(store: Store, conversation: ConversationRecord, state: str, reason: str) -> None:
    """Give a conversation another state, or leave it as it is.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    :param state: ``active``, ``inactive`` or ``closed``.
    :param reason: ``API``, ``TIMER`` or ``EVENT``.
    """
    before = conversation.state
    if state != before:
        conversation.state = state
        store.events.add("conversation", conversation.sid, state=state)
        notify_state(store.webhooks, conversation, before, reason, store.clock.time())


def _rename(store: Store, conversation: ConversationRecord, name: str | None) -> None:
    if name:
        _require_free_name(store, name, conversation)
    if conversation.unique_name:
        del store.by_name[conversation.unique_name]
    if name:
        store.by_name[name] = conversation
        conversation.named = store.clock.time()
    conversation.unique_name = name


def restart_timers(store: Store, conversation: ConversationRecord) -> None:
    """Start the timers again, as every message does.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    """
    now = store.clock.time()
    for after, name in (
        (conversation.inactive_after, "date_inactive"),
        (conversation.closed_after, "date_closed"),
    ):
        if after is not None:
            setattr(conversation, name, now + after)
            store.clock.schedule(after, "conversation_timer", conversation.sid)


def run_timers(store: Store, sid: str) -> None:
    """Do what the conversation's timers say by now.

    :param store: the sandbox's state.
    :param sid: the conversation.
    """
    conversation = store.conversations.get(sid)
    if conversation is None or conversation.state == "closed":
        return
    now = store.clock.time()
    if conversation.date_closed is not None and conversation.date_closed <= now:
        close(store, conversation, "TIMER")
    elif (
        conversation.date_inactive is not None
        and conversation.date_inactive <= now
        and conversation.state == "active"
    ):
        conversation.updated = now
        set_state(store, conversation, "inactive", "TIMER")


def close(store: Store, conversation: ConversationRecord, reason: str = "API") -> None:
    """Close a conversation for good; its pairs of addresses become free.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    :param reason: ``API``, ``TIMER`` or ``EVENT``.
    """
    if conversation.state == "closed":
        return
    conversation.updated = store.clock.time()
    set_state(store, conversation, "closed", reason)
    if store.settings.closed_name == "freed" and conversation.unique_name:
        del store.by_name[conversation.unique_name]
    store.release_pairs(conversation.participants)


def delete(store: Store, conversation: ConversationRecord) -> None:
    """Delete a conversation; its unique name and its pairs of addresses become free.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    """
    store.conversations.remove(conversation)
    store.events.add("conversation", conversation.sid, state="deleted")
    notify_conversation(store.webhooks, "onConversationRemoved", conversation)
    store.webhooks.scoped.pop(conversation.sid, None)
    if conversation.unique_name and store.by_name.get(conversation.unique_name) is conversation:
        del store.by_name[conversation.unique_name]
    if conversation.state != "closed":
        store.release_pairs(conversation.participants)
    for participant in conversation.participants:
        store.remove_participation(participant)
