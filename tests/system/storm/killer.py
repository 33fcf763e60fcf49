"""Kills and freezes task processes of a running Airflow, at random moments."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from tests.system.task_processes import task_processes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_provider_flexout.demo.airflow import RealAirflow
    from airflow_provider_flexout.demo.run import DagRun

HITS_A_TASK = 2
"""Two of a task's tries at most, so that no run of bad luck uses them all up."""
FROZEN_FOR = 40.0


class Killer:
    """Sends SIGKILL to the processes of task instances while its block runs, and freezes some instead.

    One that is frozen gets SIGSTOP, and SIGCONT 40 seconds later. Half of them are frozen with Airflow's
    process that watches over them, as on a machine that is suspended: Airflow takes those for dead, and tries
    them again in the meantime.

    :param airflow: the Airflow.
    :param runs: whose task instances.
    :param task_ids: which tasks.
    :param every: seconds between two hits, on average.
    :param seed: makes the moments repeatable, as far as anything here is.
    :param frozen: the share of those that are frozen.
    :param hits_a_task: how many of a task's tries are hit at most.
    """

    def __init__(
        self,
        airflow: RealAirflow,
        runs: Sequence[DagRun],
        task_ids: set[str],
        *,
        every: float,
        seed: int,
        frozen: float = 0.0,
        hits_a_task: int = HITS_A_TASK,
    ) -> None:
        self._airflow = airflow
        self._runs = runs
        self._task_ids = task_ids
        self._every = every
        self._frozen = frozen
        self._hits_a_task = hits_a_task
        self._random = random.Random(seed)  # noqa: S311
        self._over = threading.Event()
        self._thread = ThreadPoolExecutor(1, "killer")
        self._asleep: list[tuple[float, psutil.Process]] = []
        self.kills = self.freezes = 0
        self.last_kill: dict[tuple[str, str, int], float] = {}
        """When a try of each task was killed last, in seconds since 1970; by DAG, task and map index."""

    def __enter__(self) -> Killer:
        self._work_ended = self._thread.submit(self._work)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.shutdown()
        self._wake(float("inf"))
        self._work_ended.result()  # a storm without its killer is none

    def _work(self) -> None:
        while not self._over.wait(self._random.uniform(0.2, 1.8) * self._every):
            self._wake(time.time())
            processes = task_processes(self._airflow)
            allowed = self._early_tries()
            victims = sorted(processes.keys() & allowed.keys())
            if not victims:
                continue
            victim = self._random.choice(victims)
            with suppress(psutil.NoSuchProcess):
                if self._random.random() < self._frozen:
                    self._freeze(processes[victim])
                else:
                    processes[victim].kill()
                    self.kills += 1
                    self.last_kill[allowed[victim]] = time.time()

    def _freeze(self, process: psutil.Process) -> None:
        watcher = process.parent()
        frozen = [process, watcher] if watcher and self._random.random() < 0.5 else [process]
        for one in reversed(frozen):
            one.suspend()
            self._asleep.append((time.time() + FROZEN_FOR, one))
        self.freezes += 1

    def _wake(self, now: float) -> None:
        for until, process in self._asleep:
            if until <= now:
                with suppress(psutil.NoSuchProcess):
                    process.resume()
        self._asleep = [one for one in self._asleep if one[0] > now]

    def _early_tries(self) -> dict[str, tuple[str, str, int]]:
        """The tasks that may be hit, by the id of the task instance."""
        tasks = [
            task
            for run in self._runs
            for task in run.api.every(f"{run.path}/taskInstances", "task_instances")
        ]
        return {
            task["id"]: (task["dag_id"], task["task_id"], task["map_index"])
            for task in tasks
            if task["task_id"] in self._task_ids and task["try_number"] <= self._hits_a_task
        }
