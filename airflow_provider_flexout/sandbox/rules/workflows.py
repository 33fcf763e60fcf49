"""The rules of workflows: how a task goes through its targets, and how it ends when none is left.

https://www.twilio.com/docs/taskrouter/lifecycle-task-workflows-and-assignment
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.rules import tasks
from airflow_provider_flexout.sandbox.rules.routing_steps import enter, target_of
from airflow_provider_flexout.sandbox.rules.workers import document, is_available
from airflow_provider_flexout.sandbox.state.expressions import parse, parse_operand
from airflow_provider_flexout.sandbox.state.workflow_configuration import order_of
from airflow_provider_flexout.sandbox.wire.sids import is_sid

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workspace import WorkerRecord

__all__ = ["choose", "go_on", "is_in_queue", "skip"]

_CANCELED: Final = "Task canceled on Workflow timeout"


def is_in_queue(store: Store, task: TaskRecord) -> bool:
    """Tell whether a pending task is in a queue. One whose time there is over goes on first, or is canceled.

    :param store: the sandbox's state.
    :param task: the task.
    """
    while task.step < len(task.steps):
        step = task.steps[task.step]
        if step.until is None or store.clock.time() < task.created + step.until:
            return True
        following = task.step + 1
        if following == len(task.steps) or task.steps[following].filter != step.filter:
            _cancel(store, task)
            return False
        _enter(store, task, following)
    if task.queue_sid is None and store.settings.unmatched_task == "cancel":
        _cancel(store, task)
    return task.queue_sid is not None


def skip(store: Store, task: TaskRecord) -> bool:
    """Let a task that nobody can take at once go past its target, if the target says so.

    :param store: the sandbox's state.
    :param task: the task.
    :return: whether it is somewhere else now.
    """
    target = target_of(task)
    if target is None or not target.skip_if or not parse(target.skip_if).matches(_counts(store, task)):
        return False
    _enter(store, task, task.step + 1)
    return True


def go_on(store: Store, sid: str, step: int) -> None:
    """Let a task leave a target whose timeout is over. One that is reserved goes on when it is given back.

    :param store: the sandbox's state.
    :param sid: the task.
    :param step: the number of the step that the timeout is of.
    """
    task = store.tasks.get(sid)
    if task is not None and task.status == "pending" and task.step == step:
        store.waiting_tasks.pop(sid, None)
        store.clock.schedule(0, "offer_task", sid)


def choose(store: Store, task: TaskRecord, workers: list[WorkerRecord]) -> list[WorkerRecord]:
    """Return those of a queue's free workers whom a task's target takes, those whom it prefers first.

    :param store: the sandbox's state.
    :param task: the task.
    :param workers: the free workers of its queue.
    """
    target = target_of(task)
    if target is None or not workers:
        return workers
    about = {"task": json.loads(task.attributes)}
    rows = [(worker, about | {"worker": document(store, worker)}) for worker in workers]
    for name, wanted in (("sid", target.known_worker_sid), ("friendly_name", target.known_worker_name)):
        if wanted:
            known = wanted if is_sid(wanted, "WK") else parse_operand(wanted).of(about)
            rows = [row for row in rows if row[1]["worker"][name] == known]
    if target.expression:
        expression = parse(target.expression)
        rows = [row for row in rows if expression.matches(row[1])]
    for path, descending in reversed(order_of(target.order_by)):
        rows.sort(key=lambda row, path=path: _sort_key(path.of(row[1])), reverse=descending)  # type: ignore[misc]
    return [worker for worker, _ in rows]


def _sort_key(value: Any) -> tuple[bool, float, str]:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number, value if number else 0, value if isinstance(value, str) else ""


def _counts(store: Store, task: TaskRecord) -> dict[str, Any]:
    """Count the workers of a task's queue by what they do, as ``skip_if`` asks for them."""
    queue = store.workspace.queues[task.queue_sid or ""]
    workers = [each for each in store.workspace.workers.values() if queue.takes(each)]
    available = sum(is_available(store, each) for each in workers)
    doing: dict[str, int] = dict.fromkeys(store.workspace.activities, 0)
    for each in workers:
        doing[each.activity_sid] += 1
    attributes = json.loads(task.attributes)
    counted = {"available": available, "unavailable": len(workers) - available, **doing}
    return {**attributes, "task": attributes, "workers": counted}


def _enter(store: Store, task: TaskRecord, step: int) -> None:
    enter(store, task, step)
    tasks.touch(store, task)


def _cancel(store: Store, task: TaskRecord) -> None:
    tasks.end(store, task, "canceled", _CANCELED)
