"""Kills task processes of a running Airflow, at random moments."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from airflow_provider_flexout.demo.airflow import RealAirflow
    from airflow_provider_flexout.demo.run import DagRun

TITLE = "airflow worker -- "
KILLS_A_TASK = 2
"""Two of a task's four tries at most, so that no run of bad luck uses them all up."""


class Killer:
    """Sends SIGKILL to the processes of task instances while its block runs.

    :param airflow: the Airflow.
    :param run: whose task instances.
    :param task_ids: which tasks.
    :param every: seconds between two kills, on average.
    :param seed: makes the moments repeatable, as far as anything here is.
    """

    def __init__(
        self, airflow: RealAirflow, run: DagRun, task_ids: set[str], *, every: float, seed: int
    ) -> None:
        self._airflow = airflow
        self._run = run
        self._task_ids = task_ids
        self._every = every
        self._random = random.Random(seed)  # noqa: S311
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="killer", daemon=True)
        self.kills = 0

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._over.wait(self._random.uniform(0.2, 1.8) * self._every):
            processes = self._task_processes()
            allowed = self._early_tries()
            victims = sorted(processes.keys() & allowed)
            if not victims:
                continue
            try:
                processes[self._random.choice(victims)].kill()
            except psutil.NoSuchProcess:
                continue
            self.kills += 1

    def _task_processes(self) -> dict[str, psutil.Process]:
        """The processes that run a task, by the id of the task instance, which is in their title."""
        session = self._airflow.scheduler.session
        found = {}
        try:
            below = psutil.Process(session).children(recursive=True) if session else []
        except psutil.NoSuchProcess:
            return found
        for process in below:
            try:
                title = " ".join(process.cmdline())
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
            if title.startswith(TITLE) and "LocalExecutor" not in title:
                found[title.removeprefix(TITLE).strip()] = process
        return found

    def _early_tries(self) -> set[str]:
        tasks = self._run.api.every(f"{self._run.path}/taskInstances", "task_instances")
        return {
            task["id"]
            for task in tasks
            if task["task_id"] in self._task_ids and task["try_number"] <= KILLS_A_TASK
        }
