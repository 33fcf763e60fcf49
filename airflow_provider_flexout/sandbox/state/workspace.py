"""TaskRouter's workspace: queues, workflows, activities and workers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.state.expressions import parse
from airflow_provider_flexout.sandbox.state.seed import (
    ACTIVITIES,
    BORN,
    QUEUES,
    TASK_CHANNELS,
    WORKERS,
    WORKFLOW,
)

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.expressions import Expression
    from airflow_provider_flexout.sandbox.state.seed import SeedResource
    from airflow_provider_flexout.sandbox.wire.sids import Sids

__all__ = [
    "EVERYBODY",
    "ActivityRecord",
    "QueueRecord",
    "TaskRouterWorkspace",
    "WorkerRecord",
    "WorkflowRecord",
]

EVERYBODY: Final = "1==1"
_CAPACITY: Final = 1000  # conversations that a worker may have at once, unless it is set
_RESERVED_FOR: Final = 120


@dataclass(slots=True)
class ActivityRecord:
    """What a worker is doing, and whether that leaves them free for tasks."""

    sid: str
    name: str
    available: bool
    created: float = BORN


@dataclass(slots=True)
class QueueRecord:
    """A task queue; ``target_workers`` says who may take its tasks."""

    sid: str
    name: str
    target_workers: str = EVERYBODY
    created: float = BORN

    def takes(self, worker: WorkerRecord) -> bool:
        """Tell whether a worker may take this queue's tasks.

        :param worker: the worker.
        """
        expression = target_expression(self.target_workers)
        return expression is None or expression.matches(json.loads(worker.attributes))


@dataclass(slots=True)
class WorkflowRecord:
    """A workflow: through which queues tasks go, and how long a reservation lasts."""

    sid: str
    name: str
    configuration: str
    reservation_timeout: int = _RESERVED_FOR
    created: float = BORN


@dataclass(slots=True)
class WorkerRecord:
    """An agent; the name is the chat identity as well. ``load`` counts tasks by task channel."""

    sid: str
    name: str
    attributes: str
    activity_sid: str
    status_changed: float = BORN
    updated: float = BORN
    created: float = BORN
    version: int = 0
    capacities: dict[str, int] = field(default_factory=dict)
    closed_channels: set[str] = field(default_factory=set)
    load: dict[str, int] = field(default_factory=dict)

    def capacity(self, task_channel_sid: str) -> int:
        """Return how many tasks of a kind the worker may have at once.

        :param task_channel_sid: the kind.
        """
        return self.capacities.get(task_channel_sid, _CAPACITY)

    def free_capacity(self, task_channel_sid: str) -> int:
        """Return what is free of the capacity for a kind of task, in percent.

        :param task_channel_sid: the kind.
        """
        capacity, load = self.capacity(task_channel_sid), self.load.get(task_channel_sid, 0)
        return max(0, 100 * (capacity - load) // capacity) if capacity else 0

    def has_room(self, task_channel_sid: str) -> bool:
        """Tell whether the worker may have one more task of a kind.

        :param task_channel_sid: the kind.
        """
        free = self.capacity(task_channel_sid) - self.load.get(task_channel_sid, 0)
        return free > 0 and task_channel_sid not in self.closed_channels

    def add_load(self, task_channel_sid: str, by: int) -> None:
        """Count a task of a kind, or stop counting it.

        :param task_channel_sid: the kind.
        :param by: 1 or -1.
        """
        self.load[task_channel_sid] = self.load.get(task_channel_sid, 0) + by


def target_expression(text: str) -> Expression | None:
    """Read who may take a queue's tasks; None stands for everybody.

    :param text: an expression over workers' attributes, or ``1==1``.
    :raises ExpressionError: if it is wrong.
    """
    return None if text.replace(" ", "") == EVERYBODY else parse(text)


class TaskRouterWorkspace:
    """Queues, workflows, activities and workers by SID; a sandbox begins with the same ones each time."""

    __slots__ = ("activities", "queues", "workers", "workflows")

    def __init__(self) -> None:
        self.activities = {
            sid: ActivityRecord(sid, name, available=name == "Available") for name, sid in ACTIVITIES.items()
        }
        self.queues = {row.sid: QueueRecord(row.sid, row.name) for row in QUEUES.values()}
        self.workflows = {WORKFLOW.sid: _seeded_workflow(next(iter(QUEUES)))}
        self.workers = {
            row.sid: WorkerRecord(row.sid, row.name, row.attributes, ACTIVITIES["Available"])
            for row in WORKERS.values()
        }

    @property
    def task_channels(self) -> dict[str, SeedResource]:
        """The kinds of work; they never change."""
        return TASK_CHANNELS

    def worker_named(self, sid_or_name: str) -> WorkerRecord | None:
        """Return a worker, or None.

        :param sid_or_name: SID or name.
        """
        for worker in self.workers.values():
            if sid_or_name in {worker.sid, worker.name}:
                return worker
        return None

    def queue_name(self, sid: str | None) -> str | None:
        """Return a queue's name, or None.

        :param sid: its SID; None for no queue.
        """
        queue = self.queues.get(sid or "")
        return queue.name if queue is not None else None

    def add_queue(self, sids: Sids, name: str, created: float, **given: Any) -> QueueRecord:
        """Add a queue.

        :param sids: makes its SID.
        :param name: its name.
        :param created: when.
        :param given: fields of :class:`QueueRecord`.
        """
        queue = QueueRecord(sids.new("WQ"), name, created=created, **given)
        self.queues[queue.sid] = queue
        return queue

    def add_worker(
        self, sids: Sids, name: str, attributes: str, activity_sid: str, created: float
    ) -> WorkerRecord:
        """Add a worker.

        :param sids: makes the SID.
        :param name: unique in the workspace.
        :param attributes: JSON text.
        :param activity_sid: what the worker is doing.
        :param created: when.
        """
        worker = WorkerRecord(sids.new("WK"), name, attributes, activity_sid, created, created, created)
        self.workers[worker.sid] = worker
        return worker

    def add_workflow(
        self, sids: Sids, name: str, configuration: str, created: float, **given: Any
    ) -> WorkflowRecord:
        """Add a workflow.

        :param sids: makes its SID.
        :param name: its name.
        :param configuration: JSON text, which was checked.
        :param created: when.
        :param given: fields of :class:`WorkflowRecord`.
        """
        workflow = WorkflowRecord(sids.new("WW"), name, configuration, created=created, **given)
        self.workflows[workflow.sid] = workflow
        return workflow


def _seeded_workflow(queue_sid: str) -> WorkflowRecord:
    configuration = {"task_routing": {"filters": [], "default_filter": {"queue": queue_sid}}}
    return WorkflowRecord(WORKFLOW.sid, WORKFLOW.name, json.dumps(configuration, separators=(",", ":")))
