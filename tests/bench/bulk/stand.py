"""A sandbox in a process of its own, and a way run against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.bench.client_cpu import sandbox


class Stand:
    """A sandbox to reach contacts in.

    :param connection: the sandbox's connection.
    """

    def __init__(self, connection: dict[str, Any]) -> None:
        self._connection = connection
        self._http = httpx.Client(base_url=connection["extra"]["base_url"], trust_env=False, timeout=60)

    def run(self, way: str, count: int, **environment: str) -> dict[str, float]:
        """Run a way to its end, in a process of its own, and give what it took."""
        with tempfile.TemporaryDirectory() as folder:
            told = Path(folder) / "told.json"
            subprocess.run(
                [sys.executable, "-m", "tests.bench.bulk.ways", way, str(count), str(told)],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(self._connection)} | environment,
            )
            took: dict[str, float] = json.loads(told.read_text())
            return took

    def fault(self, kind: str, **how: Any) -> None:
        """Plant a fault for as long as the sandbox runs."""
        self._http.post("/sandbox/faults", json={"kind": kind, **how}).raise_for_status()

    def counts(self) -> dict[str, int]:
        """Count the conversations, interactions and messages that the sandbox holds."""
        conversations = self._http.get("/sandbox/conversations").json()["conversations"]
        return {
            "conversations": len(conversations),
            "interactions": sum(one["interaction_sid"] is not None for one in conversations),
            "messages": sum(len(one["transcript"]) for one in conversations),
        }

    def moments(self) -> list[str]:
        """When each interaction was created, in ISO 8601."""
        return [one["created"] for one in self._http.get("/sandbox/interactions").json()["interactions"]]

    def requests(self) -> int:
        """Count the requests so far."""
        newest = self._http.get("/sandbox/requests", params={"limit": 1}).json()["requests"]
        return int(newest[-1]["n"]) if newest else 0


@contextmanager
def stand() -> Iterator[Stand]:
    """Run an empty sandbox."""
    with sandbox() as connection:
        yield Stand(connection)
