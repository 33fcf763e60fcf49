"""``python -m tests.bench.bulk.million``: how long a million contacts take, from what was measured.

It reads ``build/bench/bulk.json``, which ``python -m tests.bench.bulk`` writes, and simulates workers that
take parts of a campaign one after the other and share what Twilio allows. Prints a table in Markdown.
"""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass

from rich.console import Console

from tests.bench.bulk import KEPT
from tests.bench.shown import keep

CONTACTS, PART = 1_000_000, 10_000
LIMITS = (30.0, 100.0, 400.0)
WORKERS = (1, 4, 16)
START = 10.0
"""Seconds from one task's end to the next one's first request, on one worker; rather many."""


@dataclass(frozen=True)
class Measured:
    """What was measured.

    :param rate: outreaches per second that one task reaches where Twilio takes 100 ms and has no limit.
    :param kept: the share of a limit that is made use of.
    """

    rate: float
    kept: float


def measured() -> Measured:
    """Read the figures of the last run."""
    found = json.loads(KEPT.read_text())
    return Measured(
        rate=found["latency"]["operator"]["outreaches/s"],
        kept=min(1.0, found["limit"]["share of the limit"]),
    )


def seconds_of(figures: Measured, workers: int, limit: float) -> float:
    """Simulate a campaign, and give the seconds that it takes.

    :param figures: what was measured.
    :param workers: tasks at once.
    :param limit: conversations per second that Twilio takes, for all of them.
    """
    rate = min(figures.rate, limit * figures.kept / workers)
    free = [0.0] * workers
    for _ in range(CONTACTS // PART):
        begun = heapq.heappop(free)
        heapq.heappush(free, begun + START + PART / rate)
    return max(free)


def markdown() -> str:
    """Write what was measured, and the table."""
    figures = measured()
    named = " | ".join(f"{count} at once" for count in WORKERS)
    lines = [
        f"Measured: {figures.rate:.0f} outreaches/s in one task, {figures.kept:.0%} of a limit made use of, "
        f"{START:.0f} s taken for Airflow to start a task.",
        "",
        f"| conversations per second that Twilio takes | {named} |",
        "|---|" + "---:|" * len(WORKERS),
    ]
    for limit in LIMITS:
        hours = " | ".join(f"{seconds_of(figures, workers, limit) / 3600:.1f} h" for workers in WORKERS)
        lines.append(f"| {limit:.0f} | {hours} |")
    return "\n".join(lines)


def main() -> None:
    """Print it, and keep it."""
    Console(width=200, highlight=False).print(markdown())
    keep("million", markdown())


if __name__ == "__main__":
    main()
