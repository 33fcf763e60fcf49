"""The lines of the page's timeline: events, with what they mean to a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.page.provenance import conversation_of, source_in

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.event_log import LoggedEvent
    from airflow_provider_flexout.sandbox.state.records import ConversationRecord
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.wire.request_log import LoggedRequest

__all__ = ["line"]


def line(store: Store, event: LoggedEvent) -> dict[str, Any]:
    """Return an event as a line of the timeline.

    ``source`` is the DAG run and task that it comes from. It is ``own`` where the message or request names
    them; otherwise they are those that opened the conversation. ``takes_over`` is true where an agent comes
    to a conversation that had none until the customer wrote.

    :param store: the sandbox's state.
    :param event: the event.
    """
    facts, own = dict(event.facts), None
    conversation = store.conversations.get(event.conversation_sid or "")
    if event.kind == "request":
        request: LoggedRequest = facts.pop("request")
        conversation = conversation_of(store, request)
        own = source_in(request.form.get("Attributes"))
        facts = {
            "number": request.n,
            "operation": request.operation,
            "method": request.method,
            "path": request.path,
            "status": request.status,
            "code": request.code,
            "fault": request.fault,
        }
    elif conversation is not None and "index" in facts:
        message = conversation.message_at(facts["index"])
        own = source_in(message.attributes) if message else None
    elif event.kind == "task" and facts["status"] == "assigned":
        channel = store.channels.get(conversation.channel_sid or "") if conversation else None
        facts["takes_over"] = channel is not None and channel.initiated_by == "customer"
    opener = source_in(conversation.attributes) if conversation else None
    return {
        "n": event.n,
        "at": event.at,
        "kind": event.kind,
        "conversation": conversation.sid if conversation else event.conversation_sid,
        "source": {**own, "own": True} if own else {**opener, "own": False} if opener else None,
        **facts,
    }


def touched(store: Store, event: LoggedEvent) -> ConversationRecord | None:
    """Return the conversation that an event has changed; None for none, or one that is deleted.

    :param store: the sandbox's state.
    :param event: the event.
    """
    if event.kind == "request" and event.facts["request"].method != "GET":
        return conversation_of(store, event.facts["request"])
    return store.conversations.get(event.conversation_sid or "")
