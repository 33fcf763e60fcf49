"""One mapped task a contact, on a real Airflow."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from airflow_provider_flexout.demo.airflow import RealAirflow
from tests.bench.client_cpu import sandbox


def mapped_tasks(share: float) -> dict[str, Any]:
    """Reach 100 contacts with a mapped task for each, which opens and speaks."""
    count = max(10, int(100 * share))
    contacts = [f"+1202{3_000_000 + place:07d}" for place in range(count)]
    with sandbox() as connection, tempfile.TemporaryDirectory() as folder:
        airflow = RealAirflow(
            Path(folder),
            dags=[Path(__file__).parent / "dags" / "mapped.py"],
            connections={"flexout_default": connection},
        )
        with airflow:
            began = time.monotonic()
            run = airflow.run("mapped", {"contacts": contacts})
            state = run.wait(timeout=600)
            seconds = time.monotonic() - began
    assert state == "success", state
    return {"contacts": count, "seconds": seconds, "outreaches/s": count / seconds}
