"""One run of a DAG, followed through Airflow's REST API."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.demo.rest import AirflowApi

ENDED = frozenset({"success", "failed"})
POLL = 0.5
"""Seconds between two checks of a run."""
FOLD = ("::group::", "::endgroup::")
"""Marks with which the web interface folds a log."""


@dataclass(frozen=True)
class TaskInstance:
    """What Airflow says of one task of a run, or of one of its mapped instances.

    :param task_id: the task.
    :param map_index: -1 unless it is mapped.
    :param state: Airflow's name for it, `None` before it is scheduled.
    :param try_number: counts from 1; 0 before the first try.
    :param label: the rendered `map_index_template`.
    """

    task_id: str
    map_index: int
    state: str | None
    try_number: int
    label: str | None

    def __str__(self) -> str:
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.label or self.map_index}]"


@dataclass(frozen=True)
class DagRun:
    """One run of a DAG.

    :param api: the API to ask.
    :param dag_id: the DAG.
    :param run_id: the run.
    :param check: called at each check; raises when waiting has become pointless.
    """

    api: AirflowApi
    dag_id: str
    run_id: str
    check: Callable[[], None]

    @property
    def path(self) -> str:
        """Where the REST API has it."""
        return f"dags/{self.dag_id}/dagRuns/{self.run_id}"

    def state(self) -> str:
        """Ask for its state: `queued`, `running`, `success` or `failed`."""
        state: str = self.api.get(self.path)["state"]
        return state

    def wait(
        self, timeout: float, on_progress: Callable[[list[TaskInstance]], None] = lambda _tasks: None
    ) -> str:
        """Wait until it has ended, and return its state.

        :param timeout: seconds in which nothing changes, so that a slow machine may take its time.
        :param on_progress: called with all task instances, about twice a second and at the end.
        :raises TimeoutError: if nothing changes for longer; the message says how far it came.
        """
        changed, before = time.monotonic(), None
        while True:
            self.check()
            state = self.state()
            tasks = self.task_instances()
            on_progress(tasks)
            if state in ENDED:
                return state
            if (state, tasks) != before:
                changed, before = time.monotonic(), (state, tasks)
            elif time.monotonic() > changed + timeout:
                counts = Counter(f"{task.task_id} {task.state}" for task in tasks)
                raise TimeoutError(
                    f"Run {self.run_id} of {self.dag_id} is {state}, and nothing has changed "
                    f"for {timeout:g} s; "
                    + ", ".join(f"{count} x {what}" for what, count in sorted(counts.items()))
                )
            time.sleep(POLL)

    def task_instances(self, task_id: str | None = None) -> list[TaskInstance]:
        """List its task instances.

        :param task_id: of this task only.
        """
        found = self.api.every(f"{self.path}/taskInstances", "task_instances")
        return sorted(
            (
                TaskInstance(
                    task_id=task["task_id"],
                    map_index=task["map_index"],
                    state=task["state"],
                    try_number=task["try_number"],
                    label=task["rendered_map_index"],
                )
                for task in found
                if task_id in {None, task["task_id"]}
            ),
            key=lambda task: (task.task_id, task.map_index),
        )

    def xcom(self, task: TaskInstance, key: str = "return_value") -> Any:
        """Read an XCom of a task.

        :param task: whose.
        :param key: its name.
        :raises AirflowApiError: if there is none (404).
        """
        path = f"{self.path}/taskInstances/{task.task_id}/xcomEntries/{key}"
        return self.api.get(path, map_index=task.map_index, stringify=False)["value"]

    def log(self, task: TaskInstance) -> str:
        """Read the log of the latest try of a task.

        :param task: which.
        :raises AirflowApiError: if there is none (404).
        """
        path = f"{self.path}/taskInstances/{task.task_id}/logs/{task.try_number}"
        response = self.api.get(path, map_index=task.map_index, full_content=True)
        return "\n".join(line for entry in response["content"] if not (line := _line(entry)).startswith(FOLD))

    def failures(self) -> str:
        """Put together the logs of the tasks that failed, each under a heading."""
        failed = [task for task in self.task_instances() if task.state == "failed"]
        return "\n\n".join(f"--- {task}, try {task.try_number} ---\n{self.log(task)}" for task in failed)


def _line(entry: dict[str, Any] | str) -> str:
    """Render one structured log entry, with its stack trace if it has one."""
    if isinstance(entry, str):
        return entry
    event: str = entry["event"]
    if event.startswith(FOLD):
        return event
    parts = [entry.get("timestamp"), (entry.get("level") or "").upper(), event]
    lines = [" ".join(part for part in parts if part)]
    for error in entry.get("error_detail") or []:
        lines += [
            f'  File "{frame["filename"]}", line {frame["lineno"]}, in {frame["name"]}'
            for frame in error.get("frames") or []
        ]
        lines.append(f"{error['exc_type']}: {error['exc_value']}")
    return "\n".join(lines)
