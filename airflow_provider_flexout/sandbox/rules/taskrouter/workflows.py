"""The rules of workflows: through which targets a task goes, and when it goes on from one.

A task for one worker or for one queue goes there directly, and no filter is asked.

https://www.twilio.com/docs/taskrouter/lifecycle-task-workflows-and-assignment
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.state.expressions import parse, parse_operand
from airflow_provider_flexout.sandbox.state.records import RoutingStep, Target
from airflow_provider_flexout.sandbox.state.seed import WORKFLOW
from airflow_provider_flexout.sandbox.state.workflow_configuration import (
    order_of,
    read_configuration,
)
from airflow_provider_flexout.sandbox.state.workspace import QueueRecord
from airflow_provider_flexout.sandbox.wire.sids import is_sid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from airflow_provider_flexout.sandbox.state.records import TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workspace import WorkerRecord

__all__ = ["choose", "configure", "go_on", "is_in_queue", "is_over", "route", "route_again", "skip"]


def configure(store: Store, configuration: str) -> None:
    """Give the seeded workflow another configuration. Queues that are not there are added, for everybody.

    :param store: the sandbox's state.
    :param configuration: JSON text.
    :raises ValueError: if it is wrong.
    """
    read, now = read_configuration(configuration), store.clock.time()
    targets = [target for each in read.filters for target in each.targets]
    for target in [*targets, *([read.default] if read.default else [])]:
        sid = target.queue_sid
        store.workspace.queues.setdefault(sid, QueueRecord(sid, sid, created=now))
    store.workspace.workflows[WORKFLOW.sid].configuration = configuration


def route(
    store: Store, task: TaskRecord, attributes: Mapping[str, Any], *, first_choice: str | None = None
) -> None:
    """Find the targets that a new task's workflow has for it, unless it goes to a worker or a queue directly.

    :param store: the sandbox's state.
    :param task: the task.
    :param attributes: its attributes.
    :param first_choice: the SID of a worker to whom it goes before its targets, if they can take it at once.
    """
    if task.queue_sid is not None:
        return
    workspace = store.workspace
    steps = read_configuration(workspace.workflows[task.workflow_sid].configuration).steps_for(attributes)
    steps = tuple(step for step in steps if step.target.queue_sid in workspace.queues)
    if task.target_sid is not None:
        task.queue_sid = steps[0].target.queue_sid if steps else next(iter(workspace.queues))
        return
    if first_choice is not None:
        queue_sid = steps[0].target.queue_sid if steps else next(iter(workspace.queues))
        known = Target(queue_sid, known_worker_sid=first_choice, skip_if="1 == 1")
        steps = (RoutingStep(known, -1, None), *steps)
    task.steps = steps
    _enter(store, task, 0)


def route_again(store: Store, workflow_sid: str) -> None:
    """Evaluate the filters anew for the tasks of a workflow that wait.

    :param store: the sandbox's state.
    :param workflow_sid: the workflow.
    """
    for task in store.tasks:
        if (
            task.workflow_sid == workflow_sid
            and task.status == "pending"
            and (task.steps or not task.queue_sid)
        ):
            task.queue_sid = None
            route(store, task, json.loads(task.attributes))
            store.waiting_tasks.pop(task.sid, None)
            store.clock.schedule(0, "offer_task", task.sid)


def _enter(store: Store, task: TaskRecord, number: int) -> None:
    """Put a task into the queue of one of its targets; behind the last one, it is in no queue."""
    now = store.clock.time()
    task.step, task.queue_sid, task.entered = number, None, now
    if number:
        task.version, task.updated = task.version + 1, now
    if number == len(task.steps):
        return
    target, _, until = task.steps[number]
    task.queue_sid = target.queue_sid
    if target.priority is not None:
        task.priority = target.priority
    if until is not None:
        store.clock.schedule(max(0.0, task.created + until - now), "leave_target", task.sid, number)


def is_in_queue(store: Store, task: TaskRecord) -> bool:
    """Tell whether a pending task is in a queue. One whose time at its target is over goes on first.

    :param store: the sandbox's state.
    :param task: the task.
    """
    while task.step < len(task.steps):
        step, following = task.steps[task.step], task.step + 1
        if step.until is None or store.clock.time() < task.created + step.until:
            return True
        if following == len(task.steps) or task.steps[following].filter != step.filter:
            task.queue_sid = None
            return False
        _enter(store, task, following)
    return task.queue_sid is not None


def is_over(store: Store, task: TaskRecord) -> bool:
    """Tell whether a task that is in no queue ends: always behind its last target's timeout.

    :param store: the sandbox's state.
    :param task: the task.
    """
    return task.step < len(task.steps) or store.settings.unmatched_task == "cancel"


def skip(store: Store, task: TaskRecord, counts: Mapping[str, Any]) -> bool:
    """Let a task that nobody can take at once go past its target, if the target says so.

    :param store: the sandbox's state.
    :param task: the task.
    :param counts: what the target's ``skip_if`` may ask for.
    :return: whether it has gone on.
    """
    target = task.target
    if target is None or not target.skip_if or not parse(target.skip_if).matches(counts):
        return False
    _enter(store, task, task.step + 1)
    return True


def go_on(store: Store, sid: str, number: int) -> None:
    """Let a task leave a target whose timeout is over. One that is reserved goes on when it is given back.

    :param store: the sandbox's state.
    :param sid: the task.
    :param number: the number of the target among the task's.
    """
    task = store.tasks.get(sid)
    if task is not None and task.status == "pending" and task.step == number:
        store.waiting_tasks.pop(sid, None)
        store.clock.schedule(0, "offer_task", sid)


def choose(
    target: Target, task: Mapping[str, Any], workers: Iterable[tuple[WorkerRecord, Mapping[str, Any]]]
) -> list[WorkerRecord]:
    """Return the workers whom a target takes, those whom it prefers first.

    :param target: the target.
    :param task: the task's attributes.
    :param workers: the free workers of the queue, each with what an expression finds of them.
    """
    about = {"task": task}
    rows = [(worker, {**about, "worker": found}) for worker, found in workers]
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
