"""TaskRouter's events of tasks, which are kept longer than the tasks."""

from __future__ import annotations

from collections import deque
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_provider_flexout.sandbox.state.records import TaskRecord
    from airflow_provider_flexout.sandbox.wire.clock import Clock

__all__ = ["TaskEventLog", "TaskEventRecord"]

_KEPT: Final = 50_000
_BY_STATUS: Final = {
    "reserved": "reservation.created",
    "assigned": "reservation.accepted",
    "wrapping": "task.wrapup",
    "completed": "task.completed",
    "canceled": "task.canceled",
}


class TaskEventRecord(NamedTuple):
    """Something that happened to a task, with the task as it was then."""

    n: int
    at: float
    type: str
    task: TaskRecord
    attributes: str
    status: str
    reason: str | None
    worker_sid: str | None
    reservation_sid: str | None

    @property
    def sid(self) -> str:
        """Its SID; made when somebody asks, since most events are never read."""
        return "EV" + sha256(f"{self.task.sid} {self.n}".encode()).hexdigest()[:32]


class TaskEventLog:
    """The latest 50,000 events of tasks, oldest first.

    The events of one task are found without looking at those of others: a program that reads what became of
    ten thousand outreaches asks for one task after the other, a hundred at a time.

    :param clock: tells when they happen.
    """

    __slots__ = ("_by_task", "_clock", "_entries", "_last")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[TaskEventRecord] = deque()
        self._by_task: dict[str, deque[TaskEventRecord]] = {}
        self._last = 0

    def __iter__(self) -> Iterator[TaskEventRecord]:
        return iter(tuple(self._entries))

    def of_task(self, sid: str) -> tuple[TaskEventRecord, ...]:
        """Return the events of one task, oldest first.

        :param sid: the task, which may be gone.
        """
        return tuple(self._by_task.get(sid, ()))

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._by_task.clear()
        self._last = 0

    def add(self, kind: str, task: TaskRecord) -> TaskEventRecord:
        """Write down what happened to a task, and give the event.

        :param kind: TaskRouter's name for it, such as ``task.created``.
        :param task: the task.
        """
        self._last += 1
        about = (task.attributes, task.status, task.reason, task.reserved_by, task.reservation_sid)
        event = TaskEventRecord(self._last, self._clock.time(), kind, task, *about)
        self._entries.append(event)
        self._by_task.setdefault(task.sid, deque()).append(event)
        if len(self._entries) > _KEPT:
            self._forget_oldest()
        return event

    def add_status(self, task: TaskRecord) -> TaskEventRecord | None:
        """Write down the status that a task has reached. A task that waits again makes no event.

        :param task: the task.
        """
        kind = _BY_STATUS.get(task.status)
        return self.add(kind, task) if kind else None

    def _forget_oldest(self) -> None:
        sid = self._entries.popleft().task.sid
        events = self._by_task[sid]
        events.popleft()
        if not events:
            del self._by_task[sid]
