"""One mapped task a contact, on a real Airflow."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from airflow_provider_flexout.demo import processes
from airflow_provider_flexout.demo.airflow import RealAirflow
from tests.bench.bulk import LATENCY
from tests.bench.bulk.stand import Stand, once, stand

PATIENCE, PATIENCE_EACH = 120.0, 5.0
"""Seconds that the run may take, and those for each contact; it takes about one on a machine at rest."""


def mapped_tasks(share: float) -> dict[str, Any]:
    """Reach 60 contacts with mapped tasks, one that opens and one that speaks for each.

    From the first request to the last: what Airflow takes to start the run is not counted.
    """
    count = max(10, int(60 * share))
    with stand() as sandbox, tempfile.TemporaryDirectory() as folder:
        sandbox.fault("delay", operation="*", seconds=LATENCY, times=None)
        airflow = RealAirflow(
            Path(folder),
            dags=[Path(__file__).parent / "dags" / "mapped.py"],
            connections={"flexout_default": sandbox.connection},
        )
        with airflow:
            before = cpu_of(airflow)
            run = airflow.run("mapped", {"contacts": [f"+1202{3_000_000 + one:07d}" for one in range(count)]})
            state = run.wait(timeout=PATIENCE + count * PATIENCE_EACH)
            if state != "success":
                raise RuntimeError(f"the run has ended as {state}\n{run.failures()[-2000:]}")
            cpu = cpu_of(airflow) - before
        return figures(sandbox, count, cpu)


def figures(sandbox: Stand, count: int, cpu: float) -> dict[str, Any]:
    seconds = sandbox.span()
    return {
        **once(sandbox.reached()),
        "contacts": count,
        "seconds": seconds,
        "outreaches/s": count / seconds,
        "cpu, ms": cpu / count * 1000,
    }


def cpu_of(airflow: RealAirflow) -> float:
    """Sum up the CPU seconds of all of Airflow's processes, and of those that they have had."""
    leaders = [psutil.Process(one.session) for one in airflow.components if one.session is not None]
    everybody = set(processes.members(one.pid for one in leaders))
    everybody.update(*(one.children(recursive=True) for one in leaders))  # the dead that nobody has asked for
    spent = 0.0
    for one in everybody:
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            spent += times.user + times.system + times.children_user + times.children_system
    return spent
