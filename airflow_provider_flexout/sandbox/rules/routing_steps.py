"""The rules of routing steps: which targets a workflow has for a task, and what being at one of them means.

A task for one worker or for one queue goes there directly, and no filter is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.state.workflow_configuration import read_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.records import TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workflow_configuration import Target

__all__ = ["enter", "route", "target_of"]


def route(store: Store, task: TaskRecord, attributes: Mapping[str, Any]) -> None:
    """Find the targets that a task's workflow has for it, unless it goes to a worker or a queue directly.

    :param store: the sandbox's state.
    :param task: the task.
    :param attributes: its attributes.
    """
    workspace = store.workspace
    if task.queue_sid is not None:
        return
    steps = read_configuration(workspace.workflows[task.workflow_sid].configuration).steps_for(attributes)
    steps = tuple(step for step in steps if step.target.queue_sid in workspace.queues)
    if task.target_sid is not None:
        task.queue_sid = steps[0].target.queue_sid if steps else next(iter(workspace.queues))
        return
    task.steps = steps
    enter(store, task, 0)


def enter(store: Store, task: TaskRecord, step: int) -> None:
    """Put a task into the queue of one of its targets; behind the last one, it is in no queue.

    :param store: the sandbox's state.
    :param task: the task.
    :param step: the number of the step.
    """
    task.step, task.queue_sid, task.entered = step, None, store.clock.time()
    if step == len(task.steps):
        return
    target, _, until = task.steps[step]
    task.queue_sid = target.queue_sid
    if target.priority is not None:
        task.priority = target.priority
    if until is not None:
        store.clock.schedule(max(0.0, task.created + until - task.entered), "leave_target", task.sid, step)


def target_of(task: TaskRecord) -> Target | None:
    """Return the target where a task is; None if it goes to a worker or a queue directly, or nowhere.

    :param task: the task.
    """
    return task.steps[task.step].target if task.step < len(task.steps) else None
