"""The rules of TaskRouter's tasks, from what makes one to its end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.state.records import TaskRecord
from airflow_provider_flexout.sandbox.webhooks.event_streams import stream_task
from airflow_provider_flexout.sandbox.wire.http import ApiError, compact, parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.rules.interaction_request import RoutingRequest
    from airflow_provider_flexout.sandbox.state.records import ChannelRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = [
    "ENDED",
    "LIVE",
    "LONGEST_ATTRIBUTES",
    "add_outcome",
    "attributes_of_invite",
    "check_attributes",
    "delete",
    "end",
    "expire",
    "keep",
    "listed",
    "new",
    "replace_attributes",
    "set_reservation_status",
    "set_status",
    "time_out",
    "touch",
]

LONGEST_ATTRIBUTES: Final = 4096
LIVE: Final = frozenset({"pending", "reserved", "assigned", "wrapping"})
ENDED: Final = frozenset({"completed", "canceled"})
_COUNTED: Final = frozenset({"reserved", "assigned", "wrapping"})
_GIVEN_BACK: Final = frozenset({"rejected", "timeout"})
_RESERVATIONS: Final = {
    "assigned": "accepted",
    "wrapping": "wrapping",
    "completed": "completed",
    "canceled": "canceled",
}
_READABLE_FOR: Final = 300.0  # seconds that a task can still be read after its end


def check_attributes(text: str) -> dict[str, Any]:
    """Check a task's attributes: a JSON object of at most 4,096 characters.

    :param text: the JSON text.
    :raises ApiError: 400/20001.
    """
    if len(text) > LONGEST_ATTRIBUTES:
        message = f"Invalid parameter Attributes: longer than {LONGEST_ATTRIBUTES} characters"
        raise ApiError(400, 20001, message)
    try:
        parsed = parse_json(text)
    except ValueError as error:
        message = f"Invalid parameter Attributes: not a valid JSON string ({error})"
        raise ApiError(400, 20001, message) from error
    if not isinstance(parsed, dict):
        raise ApiError(400, 20001, "Invalid parameter Attributes: not a JSON object")
    return parsed


def attributes_of_invite(channel: ChannelRecord, given: Mapping[str, Any], invite_sid: str) -> dict[str, Any]:
    """Return the attributes of an invite's task: what was given, and what Flex adds.

    :param channel: the channel that somebody is invited into.
    :param given: the attributes in ``Routing``.
    :param invite_sid: the invite.
    """
    direction = "outbound" if channel.initiated_by == "agent" else "inbound"
    merged = {
        **given,
        "flexChannelInviteSid": invite_sid,
        "conversationSid": channel.conversation_sid,
        "channelType": channel.kind,
        "direction": direction,
        "initiatedBy": channel.initiated_by,
        "flexInteractionSid": channel.interaction_sid,
        "flexInteractionChannelSid": channel.sid,
        "taskCreateSource": "interaction",
    }
    merged.setdefault("customers", _customers(given))
    already = merged.get("conversations")
    merged["conversations"] = {
        **(already if isinstance(already, dict) else {}),
        "initiated_by": channel.initiated_by,
        "conversation_id": channel.interaction_sid,
        "communication_channel": channel.kind,
        "media": [{"type": "ChatTranscript", "sid": channel.conversation_sid}],
        "direction": direction,
    }
    return merged


def _customers(attributes: Mapping[str, Any]) -> dict[str, Any]:
    name, address = attributes.get("customerName"), attributes.get("customerAddress")
    if not name or not isinstance(address, str) or not address:
        return {}
    by_email = "@" in address
    return {
        "name": name,
        "phone": None if by_email else address,
        "email": address if by_email else None,
    }


def new(
    store: Store,
    channel: ChannelRecord | None,
    routing: RoutingRequest,
    sid: str,
    attributes: Mapping[str, Any],
) -> TaskRecord:
    """Make a task; it is not part of the state yet.

    :param store: the sandbox's state.
    :param channel: the channel that somebody is invited into; None for a task of no interaction.
    :param routing: whom, and how.
    :param sid: the task's SID.
    :param attributes: all of its attributes.
    :raises ApiError: 400/20001 if they are too long.
    """
    text = compact(attributes)
    check_attributes(text)
    now = store.clock.time()
    return TaskRecord(
        sid=sid,
        n=store.tasks.next_number(),
        created=now,
        updated=now,
        attributes=text,
        workflow_sid=routing.workflow_sid,
        queue_sid=routing.queue_sid,
        task_channel_sid=routing.task_channel_sid,
        target_sid=routing.worker_sid,
        ignore_capacity=routing.ignore_capacity,
        priority=routing.priority,
        timeout=routing.timeout,
        interaction_sid=channel.interaction_sid if channel else "",
        channel_sid=channel.sid if channel else "",
        conversation_sid=channel.conversation_sid if channel else "",
    )


def keep(store: Store, task: TaskRecord, attributes: Mapping[str, Any]) -> None:
    """Add a task to the state, and cancel it if nobody accepts it in time.

    :param store: the sandbox's state.
    :param task: the task.
    :param attributes: its attributes.
    """
    store.tasks.add(task)
    stream_task(store.webhooks, store.task_events.add("task.created", task))
    store.task_index.add(task, attributes)
    store.events.add(
        "task", task.conversation_sid or None, sid=task.sid, status=task.status, worker=None, reason=None
    )
    store.clock.schedule(task.timeout, "time_out_task", task.sid)


def replace_attributes(store: Store, task: TaskRecord, text: str) -> None:
    """Give a task new attributes in place of the old ones.

    :param store: the sandbox's state.
    :param task: the task.
    :param text: the JSON text.
    """
    parsed = check_attributes(text)
    store.task_index.remove(task)
    task.attributes = text
    store.task_index.add(task, parsed)
    touch(store, task)
    stream_task(store.webhooks, store.task_events.add("task.updated", task))


def touch(store: Store, task: TaskRecord) -> None:
    """Give a task its next version.

    :param store: the sandbox's state.
    :param task: the task.
    """
    task.version += 1
    task.updated = store.clock.time()


def _log_status(store: Store, task: TaskRecord) -> None:
    stream_task(store.webhooks, store.task_events.add_status(task))
    worker = store.workspace.workers.get(task.reserved_by or "")
    store.events.add(
        "task",
        task.conversation_sid or None,
        sid=task.sid,
        status=task.status,
        worker=worker.name if worker else None,
        reason=task.reason,
    )


def set_status(store: Store, task: TaskRecord, status: str) -> None:
    """Give a task another status while it lives.

    :param store: the sandbox's state.
    :param task: the task.
    :param status: ``pending``, ``reserved``, ``assigned`` or ``wrapping``.
    """
    _move(store, task, status)
    touch(store, task)
    _log_status(store, task)


def _move(store: Store, task: TaskRecord, status: str) -> None:
    """Give a task a status, its worker the load that goes with it, and its reservation what follows."""
    worker = store.workspace.workers.get(task.reserved_by or "")
    if worker is not None:
        worker.add_load(task.task_channel_sid, (status in _COUNTED) - (task.status in _COUNTED))
        if status in _RESERVATIONS:
            set_reservation_status(store, task, _RESERVATIONS[status])
    task.status = status


def set_reservation_status(store: Store, task: TaskRecord, status: str) -> None:
    """Say what became of a task's latest offer; one that the worker gave back stays as it is.

    :param store: the sandbox's state.
    :param task: the task.
    :param status: the reservation's new status.
    """
    if task.reservations and task.reservations[-1].status not in _GIVEN_BACK:
        task.reservations[-1].status, task.reservations[-1].updated = status, store.clock.time()


def end(store: Store, task: TaskRecord, status: str, reason: str | None) -> None:
    """End a task; it can be read for five minutes more.

    :param store: the sandbox's state.
    :param task: the task.
    :param status: ``completed`` or ``canceled``.
    :param reason: why.
    """
    task.reason = reason
    store.waiting_tasks.pop(task.sid, None)
    set_status(store, task, status)
    if store.waiting_tasks:
        store.clock.schedule(0, "offer_waiting")
    store.clock.schedule(_READABLE_FOR, "expire_task", task.sid)


def expire(store: Store, sid: str) -> None:
    """Remove a task that ended.

    :param store: the sandbox's state.
    :param sid: the task.
    """
    task = store.tasks.get(sid)
    if task is not None:
        name, channel = json.loads(task.attributes).get("customerName"), store.channels.get(task.channel_sid)
        if name and channel is not None:
            channel.customer_name = str(name)
        store.tasks.remove(task)
        store.task_index.remove(task)


def delete(store: Store, task: TaskRecord) -> None:
    """Delete a task, whatever its status is; who had it has room again.

    :param store: the sandbox's state.
    :param task: the task.
    """
    store.waiting_tasks.pop(task.sid, None)
    worker = store.workspace.workers.get(task.reserved_by or "")
    if worker is not None and task.status in _COUNTED:
        worker.add_load(task.task_channel_sid, -1)
        store.clock.schedule(0, "offer_waiting")
    stream_task(store.webhooks, store.task_events.add("task.deleted", task))
    expire(store, task.sid)


def time_out(store: Store, sid: str) -> None:
    """Cancel a task that nobody took in time.

    :param store: the sandbox's state.
    :param sid: the task.
    """
    task = store.tasks.get(sid)
    if task is not None and task.status in {"pending", "reserved"}:
        end(store, task, "canceled", "Task TTL Exceeded")


def listed(store: Store, task: TaskRecord) -> bool:
    """Tell whether the list of tasks shows a task already.

    :param store: the sandbox's state.
    :param task: the task.
    """
    return task.created + store.settings.task_list_lag <= store.clock.time()


def add_outcome(store: Store, task: TaskRecord, outcome: Any) -> None:
    """Write the outcome of a conversation into its task's attributes.

    :param store: the sandbox's state.
    :param task: the task.
    :param outcome: the outcome.
    """
    attributes = json.loads(task.attributes)
    attributes["outcome"] = outcome
    replace_attributes(store, task, compact(attributes))
