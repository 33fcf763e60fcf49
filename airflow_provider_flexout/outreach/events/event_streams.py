"""The CloudEvents that Twilio's Event Streams deliver.

https://www.twilio.com/docs/events/event-types/conversations/message
https://www.twilio.com/docs/events/event-types/taskrouter/task
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.events.event import ARGUMENT, Event
from airflow_provider_flexout.outreach.events.webhooks import is_about_task, message_event, task_event

_MESSAGE_ADDED = "com.twilio.conversations.message.added"
_TASK_ROUTER = "com.twilio.taskrouter."


def read_cloud_event(event: Mapping[str, Any]) -> Event | None:
    """Read one CloudEvent.

    :param event: its JSON.
    :returns: the event; ``None`` for one that is not about a new message or a task.
    :raises InvalidInput: when a field is not what it should be.
    """
    kind = event.get("type")
    if not isinstance(kind, str):
        raise InvalidInput(ARGUMENT, "a CloudEvent has no type.")
    if kind == _MESSAGE_ADDED:
        return message_event(kind, {"DateCreated": event.get("time")} | _object(kind, event, "data"))
    if kind.startswith(_TASK_ROUTER) and is_about_task(kind.removeprefix(_TASK_ROUTER)):
        task = _object(kind, _object(kind, event, "data"), "payload")
        return task_event(
            kind,
            task.get("task_sid"),
            task.get("task_assignment_status"),
            task.get("timestamp") or event.get("time"),
            task.get("task_attributes"),
        )
    return None


def _object(kind: str, holder: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Give an object in another one, which may be written as JSON in a text."""
    value = holder.get(name)
    if isinstance(value, str):
        import json

        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, Mapping):
        raise InvalidInput(ARGUMENT, f"the {name} of {kind} is not an object.")
    return dict(value)
