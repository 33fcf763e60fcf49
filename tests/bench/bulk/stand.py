"""A sandbox in a process of its own, and ways run against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.bench.bulk.ways import Work
from tests.bench.served import served

PATIENCE, PATIENCE_EACH = 90.0, 0.25
"""Seconds that a way may take, and those for each of its contacts, before it is given up."""


@dataclass(frozen=True)
class ReachedContact:
    """Somebody of whom the sandbox holds a conversation.

    :param address: theirs.
    :param at: when their first conversation was made, in seconds since the epoch.
    :param interactions: how many conversations with an interaction they are in.
    :param messages: how many they were sent.
    """

    address: str
    at: float
    interactions: int
    messages: int


class Working:
    """A way at work, in a process of its own."""

    def __init__(self, work: Work, connection: dict[str, Any]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._told = Path(self._folder.name) / "told.json"
        self._errors = Path(self._folder.name) / "errors.txt"
        self._patience = PATIENCE + work.count * PATIENCE_EACH
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.bulk.ways", json.dumps(asdict(work)), str(self._told)],
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=os.environ | {"AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(connection)},
            )

    def ended(self) -> dict[str, Any]:
        """Wait for its end, and give what it took.

        :raises RuntimeError: if it failed; with the end of what it wrote.
        :raises subprocess.TimeoutExpired: if it takes too long.
        """
        if self._process.wait(self._patience):
            raise RuntimeError(self._errors.read_text()[-2000:])
        took: dict[str, Any] = json.loads(self._told.read_text())
        return took

    def leave(self) -> None:
        """End it, if it still runs, and remove its files."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


class Stand:
    """A sandbox to reach contacts in.

    :param connection: the sandbox's connection.
    """

    def __init__(self, connection: dict[str, Any]) -> None:
        self.connection = connection
        self._http = httpx.Client(base_url=connection["extra"]["base_url"], trust_env=False, timeout=120)
        self._working: list[Working] = []

    def start(self, work: Work) -> Working:
        """Start a way in a process of its own."""
        self._working.append(Working(work, self.connection))
        return self._working[-1]

    def run(self, work: Work) -> dict[str, Any]:
        """Run a way to its end, and give what it took."""
        return self.start(work).ended()

    def leave(self) -> None:
        """End whatever still runs."""
        for one in self._working:
            one.leave()
        self._http.close()

    def fault(self, kind: str, **how: Any) -> None:
        """Plant a fault for as long as the sandbox runs."""
        self._http.post("/sandbox/faults", json={"kind": kind, **how}).raise_for_status()

    def set(self, **settings: Any) -> None:
        """Change settings of the sandbox."""
        self._http.post("/sandbox/settings", json=settings).raise_for_status()

    def refused(self) -> int:
        """Count the requests of the last 20,000 that were one too many."""
        return sum(one["status"] == 429 for one in self._get("requests", limit=20_000)["requests"])

    def faults(self) -> int:
        """Count the faults that have befallen a request."""
        return int(self._get("faults")["fired"])

    def reached(self) -> list[ReachedContact]:
        """List everybody who was reached, in the order in which it happened."""
        people: dict[str, list[dict[str, Any]]] = {}
        for one in self._get("conversations")["conversations"]:
            address = next(each["address"] for each in one["participants"] if each["address"])
            people.setdefault(address, []).append(one)
        found = [
            ReachedContact(
                address,
                min(datetime.fromisoformat(one["created"]).timestamp() for one in theirs),
                sum(one["interaction_sid"] is not None for one in theirs),
                sum(len(one["transcript"]) for one in theirs),
            )
            for address, theirs in people.items()
        ]
        return sorted(found, key=lambda one: one.at)

    def requests(self) -> int:
        """Count the requests so far."""
        newest = self._get("requests", limit=1)["requests"]
        return int(newest[-1]["n"]) if newest else 0

    def span(self) -> float:
        """Give the seconds from the first request to the last; the sandbox remembers 20,000."""
        requests = self._get("requests")["requests"]
        first, last = (datetime.fromisoformat(requests[place]["at"]) for place in (0, -1))
        return (last - first).total_seconds()

    def _get(self, what: str, **query: Any) -> Any:
        return self._http.get(f"/sandbox/{what}", params=query).raise_for_status().json()


def once(reached: list[ReachedContact]) -> dict[str, int]:
    """Count those who were reached as they should be, and those to whom something was sent twice."""
    return {
        "once": sum(one.interactions == one.messages == 1 for one in reached),
        "twice": sum(max(one.interactions, one.messages) > 1 for one in reached),
    }


@contextmanager
def stand(*, limits: bool = False) -> Iterator[Stand]:
    """Run an empty sandbox.

    :param limits: whether it keeps to Twilio's published rate limits.
    """
    with served() as connection:
        made = Stand(connection)
        try:
            made.set(rate_limits=limits)
            yield made
        finally:
            made.leave()
