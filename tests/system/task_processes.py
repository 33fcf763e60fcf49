"""The processes in which a running Airflow carries out tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from airflow_provider_flexout.demo.airflow import RealAirflow

TITLE = "airflow worker -- "


def task_processes(airflow: RealAirflow) -> dict[str, psutil.Process]:
    """Find the processes that run a task, by the id of the task instance, which is in their title.

    :param airflow: the Airflow.
    """
    session = airflow.scheduler.session
    found: dict[str, psutil.Process] = {}
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
