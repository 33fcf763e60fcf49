"""The CloudEvents that Event Streams deliver: messages, and what happens to tasks.

https://www.twilio.com/docs/events/event-types/conversations/message
https://www.twilio.com/docs/events/event-types/taskrouter/task
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, WORKSPACE
from airflow_provider_flexout.sandbox.state.webhook_registry import Callback
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import compact

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.sandbox.state.records import MessageRecord
    from airflow_provider_flexout.sandbox.state.task_event_log import TaskEventRecord
    from airflow_provider_flexout.sandbox.state.webhook_registry import WebhookRegistry

__all__ = ["stream_message", "stream_task"]

_SCHEMAS: Final = "https://events-schemas.twilio.com/"


def stream_message(registry: WebhookRegistry, message: MessageRecord) -> None:
    """Send a new message to the sinks, wherever webhooks would be called for it.

    :param registry: the registered webhooks.
    :param message: the message.
    """
    if registry.source is None:
        return
    _stream(
        registry,
        "com.twilio.conversations.message.added",
        "Conversations.MessageAdded",
        f"/v1/Conversations/{message.conversation_sid}/Messages/{message.sid}",
        message.created,
        message.conversation_sid,
        lambda: {
            "AccountSid": ACCOUNT_SID,
            "Author": message.author,
            "ParticipantSid": message.participant_sid,
            "ConversationSid": message.conversation_sid,
            "MessageSid": message.sid,
            "Index": message.index,
            "MessageBody": message.body,
            "MessageSubject": message.subject,
            "DateCreated": iso(message.created),
            "ContentSid": message.content_sid,
            "Attributes": message.attributes,
            "Media": [{"MediaSid": message.media_sid}] if message.media_sid else None,
        },
    )


def stream_task(registry: WebhookRegistry, event: TaskEventRecord | None) -> None:
    """Tell the sinks of what happened to a task.

    :param registry: the registered webhooks.
    :param event: what happened, where it makes an event.
    """
    if event is None:
        return
    _stream(
        registry,
        f"com.twilio.taskrouter.{event.type}",
        "TaskRouter.WDSEvent",
        f"/v1/Workspaces/{WORKSPACE.sid}/Events/{event.sid}",
        event.at,
        event.task.conversation_sid,
        lambda: {
            "sid": event.sid,
            "name": event.type,
            "account_sid": ACCOUNT_SID,
            "timestamp": iso(event.at),
            "level": "INFO",
            "group": event.type.partition(".")[0],
            "product_name": "TaskRouter",
            "payload_type": "application/json",
            "payload": {
                "sid": event.sid,
                "eventtype": event.type,
                "account_sid": ACCOUNT_SID,
                "timestamp": iso(event.at),
                "workspace_sid": WORKSPACE.sid,
                "workspace_name": WORKSPACE.name,
                "task_sid": event.task.sid,
                "task_attributes": event.attributes,
                "task_age": int(event.at - event.task.created),
                "task_priority": event.task.priority,
                "task_assignment_status": event.status,
                "task_queue_sid": event.task.queue_sid,
                "workflow_sid": event.task.workflow_sid,
                "task_channel_sid": event.task.task_channel_sid,
                "worker_sid": event.worker_sid,
                "reservation_sid": event.reservation_sid,
            },
        },
    )


def _stream(
    registry: WebhookRegistry,
    kind: str,
    schema: str,
    source: str,
    at: float,
    conversation_sid: str,
    data: Callable[[], dict[str, Any]],
) -> None:
    for sink, version in registry.streams.subscribers(kind):
        event = {
            "specversion": "1.0",
            "type": kind,
            "source": source,
            "id": "EZ" + sha256(f"{kind} {source}".encode()).hexdigest()[:32],
            "dataschema": f"{_SCHEMAS}{schema}/{version}",
            "datacontenttype": "application/json",
            "time": iso(at),
            "data": {name: value for name, value in data().items() if value is not None},
        }
        registry.post(Callback(kind, sink.address, "POST", {}, conversation_sid, body=compact([event])))
