"""The rules of TaskRouter's tasks: their life, and the agents to whom they are offered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.wire.http import ApiError, compact

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = [
    "ENDED",
    "LIVE",
    "LONGEST_ATTRIBUTES",
    "add_outcome",
    "check_attributes",
    "end",
    "expire",
    "listed",
    "replace_attributes",
    "set_reservation_status",
    "set_status",
    "time_out",
    "touch",
]

LONGEST_ATTRIBUTES: Final = 4096
LIVE: Final = frozenset({"pending", "reserved", "assigned", "wrapping"})
ENDED: Final = frozenset({"completed", "canceled"})
_HELD: Final = frozenset({"reserved", "assigned", "wrapping"})
_GIVEN_BACK: Final = frozenset({"rejected", "timeout"})
_RESERVATIONS: Final = {
    "assigned": "accepted",
    "wrapping": "wrapping",
    "completed": "completed",
    "canceled": "canceled",
}
_KEPT: Final = 300.0  # seconds that a task can still be read after its end


def check_attributes(text: str) -> dict[str, Any]:
    """Check a task's attributes: a JSON object of at most 4,096 characters.

    :param text: the JSON text.
    :raises ApiError: 400/20001.
    """
    if len(text) > LONGEST_ATTRIBUTES:
        message = f"Invalid parameter Attributes: longer than {LONGEST_ATTRIBUTES} characters"
        raise ApiError(400, 20001, message)
    try:
        parsed = json.loads(text)
    except ValueError as error:
        message = f"Invalid parameter Attributes: not a valid JSON string ({error})"
        raise ApiError(400, 20001, message) from error
    if not isinstance(parsed, dict):
        raise ApiError(400, 20001, "Invalid parameter Attributes: not a JSON object")
    return parsed


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
    store.task_events.add("task.updated", task)


def touch(store: Store, task: TaskRecord) -> None:
    """Give a task its next version.

    :param store: the sandbox's state.
    :param task: the task.
    """
    task.version += 1
    task.updated = store.clock.time()


def _tell(store: Store, task: TaskRecord) -> None:
    store.task_events.add_status(task)
    worker = store.workspace.workers.get(task.reserved_by or "")
    store.events.add(
        "task",
        task.conversation_sid,
        sid=task.sid,
        status=task.status,
        worker=worker.name if worker else None,
        reason=task.reason,
    )


def set_status(store: Store, task: TaskRecord, status: str) -> None:
    """Move a task on while it lives.

    :param store: the sandbox's state.
    :param task: the task.
    :param status: ``pending``, ``reserved``, ``assigned`` or ``wrapping``.
    """
    _move(store, task, status)
    touch(store, task)
    _tell(store, task)


def _move(store: Store, task: TaskRecord, status: str) -> None:
    """Give a task a status, its worker the load that goes with it, and its reservation what follows."""
    worker = store.workspace.workers.get(task.reserved_by or "")
    if worker is not None:
        worker.weigh(task.task_channel_sid, (status in _HELD) - (task.status in _HELD))
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
    store.waiting.pop(task.sid, None)
    set_status(store, task, status)
    if store.waiting:
        store.clock.schedule(0, "offer_waiting")
    store.clock.schedule(_KEPT, "expire_task", task.sid)


def expire(store: Store, sid: str) -> None:
    """Remove a task that ended.

    :param store: the sandbox's state.
    :param sid: the task.
    """
    task = store.tasks.get(sid)
    if task is not None:
        store.tasks.remove(task)
        store.task_index.remove(task)


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
    """Write what an agent made of it into the task's attributes.

    :param store: the sandbox's state.
    :param task: the task.
    :param outcome: the outcome.
    """
    attributes = json.loads(task.attributes)
    attributes["outcome"] = outcome
    replace_attributes(store, task, compact(attributes))
