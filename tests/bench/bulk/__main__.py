"""``python -m tests.bench.bulk``: one table, the raw numbers as JSON, and a picture of the rate over time.

Everything runs side by side on this machine, the sandbox in a process of its own. ``--quick`` takes a tenth
of the contacts, to see that it works.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.bulk import AT_ONCE
from tests.bench.bulk.airflow_tasks import mapped_tasks
from tests.bench.bulk.picture import draw
from tests.bench.bulk.stand import stand

LATENCY = 0.1
LIMIT = 30.0
OUTPUT = Path("build/bench")
Figures = dict[str, Any]
Row = tuple[str, str, str]


def with_latency(share: float) -> Figures:
    """Reach contacts where each answer takes 100 ms."""
    found = {}
    for way, count in (("operator", 1500), ("twilio async", 1500), ("twilio loop", 40)):
        with stand() as sandbox:
            sandbox.fault("delay", operation="*", seconds=LATENCY, times=None)
            before, count = sandbox.requests(), max(10, int(count * share))
            took = sandbox.run(way, count)
            requests = (sandbox.requests() - before) / took["seconds"]
            found[way] = {"outreaches/s": count / took["seconds"], "requests/s": requests}
    ideal = AT_ONCE / LATENCY
    return found | {
        "ideal requests/s": ideal,
        "share of ideal": found["operator"]["requests/s"] / ideal,
        "times the loop": found["operator"]["outreaches/s"] / found["twilio loop"]["outreaches/s"],
    }


def under_a_limit(share: float) -> Figures:
    """Reach contacts where Twilio takes 30 conversations a second, and answers 429 to the rest."""
    count = int(1800 * share)
    with stand() as sandbox:
        sandbox.fault("throttle", operation="CreateConversation", per_second=LIMIT, burst=LIMIT)
        took = sandbox.run("operator", count)
        counts, moments = sandbox.counts(), sandbox.moments()
    rate = (count - LIMIT) / took["seconds"]  # what came at once in the beginning is not sustained
    return {
        **counts,
        "conversations/s": rate,
        "share of the limit": rate / LIMIT,
        "moments": moments,
    }


def cpu(share: float) -> Figures:
    """Count the client's CPU for one outreach: all five requests of ours, the two plain ones of the loop."""
    found: dict[str, list[float]] = {"operator": [], "twilio loop": [], "twilio async": []}
    count = int(1000 * share)
    for _ in range(3):
        for way, figures in found.items():
            with stand() as sandbox:
                figures.append(sandbox.run(way, count)["cpu"] / count * 1000)
    best = {way: min(figures) for way, figures in found.items()}
    return {"ms": best, "rounds": found, "times the loop": best["operator"] / best["twilio loop"]}


def many(share: float) -> Figures:
    """Reach ever more contacts from a file: the time should be linear, the memory flat."""
    found = {}
    for thousands in (1, 5, 10):
        count = int(thousands * 1000 * share)
        with stand() as sandbox, tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "contacts.csv"
            file.write_text("to\n" + "".join(f"+1202{3_000_000 + one:07d}\n" for one in range(count)))
            took = sandbox.run("operator", count, CONTACTS=str(file), RESULTS=f"{folder}/results.jsonl")
            found[count] = took | {"ms each": took["seconds"] / count * 1000}
    return {"by contacts": found}


def again(share: float) -> Figures:
    """Try a campaign again of which 99% was done."""
    count = int(5000 * share)
    with stand() as sandbox:
        before = sandbox.requests()
        sandbox.run("operator", count * 99 // 100)
        first = sandbox.requests() - before
        sandbox.run("operator", count, TRY_NUMBER="2")
        second = sandbox.requests() - before - first - 10  # the two contacts of the warm-up
        return {
            "first": first,
            "second": second,
            "share": second / first,
            "opened": sandbox.counts()["interactions"],
        }


PARTS: dict[str, Callable[[float], Figures]] = {
    "latency": with_latency,
    "limit": under_a_limit,
    "cpu": cpu,
    "many": many,
    "again": again,
    "mapped tasks": mapped_tasks,
}


def main() -> None:
    """Measure, print the table, and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the contacts")
    parser.add_argument("--only", choices=PARTS, help="one part")
    given = parser.parse_args()
    share, console = (0.1 if given.quick else 1.0), Console()
    kept, figures = OUTPUT / "bulk.json", {}
    OUTPUT.mkdir(parents=True, exist_ok=True)
    if given.only and kept.exists():
        figures = json.loads(kept.read_text())  # the other parts stay as they were measured
    for name, measure in PARTS.items():
        if given.only in (None, name):
            console.print(f"measuring: {name} - {measure.__doc__}", highlight=False)
            figures[name] = measure(share)
            kept.write_text(json.dumps(figures, indent=1))
    console.print(table(figures))
    if "limit" in figures:
        draw(figures["limit"]["moments"], LIMIT, OUTPUT / "bulk-rate.png")
        console.print(f"{OUTPUT}/bulk.json, {OUTPUT}/bulk-rate.png")


def table(figures: Figures) -> Table:
    """Write what was measured beside what was aimed at."""
    shown = Table(title="BulkOutreachOperator beside what people do today")
    for column in ("what", "measured", "aim"):
        shown.add_column(column, justify="left" if column == "what" else "right")
    for part, found in figures.items():
        for row in ROWS[part](found):
            shown.add_row(*row)
    return shown


def _latency(found: Figures) -> list[Row]:
    ways = ("operator", "twilio async", "twilio loop")
    rates = [
        (f"100 ms latency, outreaches/s, {way}", f"{found[way]['outreaches/s']:.1f}", "") for way in ways
    ]
    return [
        *rates,
        ("  operator, of the ideal 500 requests/s", f"{found['share of ideal']:.0%}", "90%"),
        ("  operator, times the loop", f"{found['times the loop']:.1f}", "15"),
    ]


def _limit(found: Figures) -> list[Row]:
    counts = "/".join(str(found[one]) for one in ("conversations", "interactions", "messages"))
    return [
        ("limit of 30 conversations/s, sustained", f"{found['share of the limit']:.0%}", "95%"),
        ("  conversations/interactions/messages", counts, "equal"),
    ]


def _cpu(found: Figures) -> list[Row]:
    costs = [(f"client CPU of an outreach, ms, {way}", f"{ms:.2f}", "") for way, ms in found["ms"].items()]
    return [*costs, ("  operator, times the loop", f"{found['times the loop']:.2f}", "1.5")]


def _many(found: Figures) -> list[Row]:
    return [
        (
            f"{int(count):,} contacts from a file: ms each, MB above the bare task",
            f"{took['ms each']:.1f}, {took['memory']:.0f}",
            "flat, 300",
        )
        for count, took in found["by contacts"].items()
    ]


def _again(found: Figures) -> list[Row]:
    return [("a retry when 99% is done, requests of the first try", f"{found['share']:.1%}", "5%")]


def _tasks(found: Figures) -> list[Row]:
    return [("one mapped task a contact, outreaches/s", f"{found['outreaches/s']:.2f}", "")]


ROWS: dict[str, Callable[[Figures], list[Row]]] = {
    "latency": _latency,
    "limit": _limit,
    "cpu": _cpu,
    "many": _many,
    "again": _again,
    "mapped tasks": _tasks,
}

if __name__ == "__main__":
    sys.exit(main())
