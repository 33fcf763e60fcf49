"""The rules of TaskRouter's tasks: their life, and the agents to whom they are offered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.wire.http import TwilioError, compact

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import Task
    from airflow_provider_flexout.sandbox.state.store import World

__all__ = [
    "ENDED",
    "LIVE",
    "LONGEST_ATTRIBUTES",
    "add_outcome",
    "check_attributes",
    "end",
    "expire",
    "listed",
    "mark_reservation",
    "replace_attributes",
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
    :raises TwilioError: 400/20001.
    """
    if len(text) > LONGEST_ATTRIBUTES:
        message = f"Invalid parameter Attributes: longer than {LONGEST_ATTRIBUTES} characters"
        raise TwilioError(400, 20001, message)
    try:
        parsed = json.loads(text)
    except ValueError as error:
        message = f"Invalid parameter Attributes: not a valid JSON string ({error})"
        raise TwilioError(400, 20001, message) from error
    if not isinstance(parsed, dict):
        raise TwilioError(400, 20001, "Invalid parameter Attributes: not a JSON object")
    return parsed


def replace_attributes(world: World, task: Task, text: str) -> None:
    """Give a task new attributes in place of the old ones.

    :param world: the sandbox's state.
    :param task: the task.
    :param text: the JSON text.
    """
    parsed = check_attributes(text)
    world.task_index.remove(task)
    task.attributes = text
    world.task_index.add(task, parsed)
    touch(world, task)
    world.task_log.add("task.updated", task)


def touch(world: World, task: Task) -> None:
    """Give a task its next version.

    :param world: the sandbox's state.
    :param task: the task.
    """
    task.version += 1
    task.updated = world.clock.time()


def _tell(world: World, task: Task) -> None:
    world.task_log.add_status(task)
    worker = world.center.workers.get(task.reserved_by or "")
    world.events.add(
        "task",
        task.conversation_sid,
        sid=task.sid,
        status=task.status,
        worker=worker.name if worker else None,
        reason=task.reason,
    )


def set_status(world: World, task: Task, status: str) -> None:
    """Move a task on while it lives.

    :param world: the sandbox's state.
    :param task: the task.
    :param status: ``pending``, ``reserved``, ``assigned`` or ``wrapping``.
    """
    _move(world, task, status)
    touch(world, task)
    _tell(world, task)


def _move(world: World, task: Task, status: str) -> None:
    """Give a task a status, its worker the load that goes with it, and its reservation what follows."""
    worker = world.center.workers.get(task.reserved_by or "")
    if worker is not None:
        worker.weigh(task.task_channel_sid, (status in _HELD) - (task.status in _HELD))
        if status in _RESERVATIONS:
            mark_reservation(world, task, _RESERVATIONS[status])
    task.status = status


def mark_reservation(world: World, task: Task, status: str) -> None:
    """Say what became of a task's latest offer; one that the worker gave back stays as it is.

    :param world: the sandbox's state.
    :param task: the task.
    :param status: the reservation's new status.
    """
    if task.offers and task.offers[-1].status not in _GIVEN_BACK:
        task.offers[-1].status, task.offers[-1].updated = status, world.clock.time()


def end(world: World, task: Task, status: str, reason: str | None) -> None:
    """End a task; it can be read for five minutes more.

    :param world: the sandbox's state.
    :param task: the task.
    :param status: ``completed`` or ``canceled``.
    :param reason: why.
    """
    task.reason = reason
    world.waiting.pop(task.sid, None)
    set_status(world, task, status)
    if world.waiting:
        world.clock.after(0, "offer_waiting")
    world.clock.after(_KEPT, "expire_task", task.sid)


def expire(world: World, sid: str) -> None:
    """Remove a task that ended.

    :param world: the sandbox's state.
    :param sid: the task.
    """
    task = world.tasks.get(sid)
    if task is not None:
        world.tasks.remove(task)
        world.task_index.remove(task)


def time_out(world: World, sid: str) -> None:
    """Cancel a task that nobody took in time.

    :param world: the sandbox's state.
    :param sid: the task.
    """
    task = world.tasks.get(sid)
    if task is not None and task.status in {"pending", "reserved"}:
        end(world, task, "canceled", "Task TTL Exceeded")


def listed(world: World, task: Task) -> bool:
    """Tell whether the list of tasks shows a task already.

    :param world: the sandbox's state.
    :param task: the task.
    """
    return task.created + world.settings.task_list_lag <= world.clock.time()


def add_outcome(world: World, task: Task, outcome: Any) -> None:
    """Write what an agent made of it into the task's attributes.

    :param world: the sandbox's state.
    :param task: the task.
    :param outcome: the outcome.
    """
    attributes = json.loads(task.attributes)
    attributes["outcome"] = outcome
    replace_attributes(world, task, compact(attributes))
