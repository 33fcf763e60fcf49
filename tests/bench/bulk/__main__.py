"""BulkOutreachOperator beside what people do today: one table, the raw numbers as JSON, and a picture.

Everything runs side by side on this machine, the sandbox in a process of its own. ``--quick`` takes a tenth
of the contacts, to see that it works.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console

from tests.bench.bulk import KEPT, PICTURE, parts
from tests.bench.bulk.airflow_tasks import mapped_tasks
from tests.bench.bulk.picture import draw
from tests.bench.bulk.table import markdown, table
from tests.bench.bulk.workers import several_workers
from tests.bench.shown import OUTPUT, keep

Figures = dict[str, Any]

PARTS: dict[str, Callable[[float], Figures]] = {
    "latency": parts.with_latency,
    "mapped tasks": mapped_tasks,
    "limit": parts.under_a_limit,
    "workers": several_workers,
    "cpu": parts.cpu,
    "many": parts.many,
    "again": parts.again,
}


def main() -> int:
    """Measure, print the table, and keep the numbers; fail if a part could not be measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the contacts")
    parser.add_argument("--only", choices=PARTS, help="one part; the others stay as they were measured")
    given = parser.parse_args()
    share, console = (0.1 if given.quick else 1.0), Console(highlight=False)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    figures: Figures = json.loads(KEPT.read_text()) if given.only and KEPT.exists() else {}
    for name in [given.only] if given.only else PARTS:
        figures[name] = measure(name, share, console)
        KEPT.write_text(json.dumps(figures, indent=1))
    console.print(table(figures))
    keep("bulk", markdown(figures))
    failed = [name for name, found in figures.items() if "not measured" in found]
    if not failed and {"limit", "workers"} <= figures.keys():
        draw(figures, PICTURE)
        console.print(f"The rate over time: {PICTURE}")
    console.print(f"The raw numbers: {KEPT}")
    return len(failed)


def measure(name: str, share: float, console: Console) -> Figures:
    """Measure one part; what goes wrong in it takes nothing from the others."""
    summary = str(PARTS[name].__doc__).splitlines()[0]
    console.print(f"{name}: {summary}", end=" ")
    began = time.monotonic()
    try:
        found = PARTS[name](share)
    except Exception as error:
        console.print_exception()
        found = {"not measured": f"{type(error).__name__}: {error}"}
    console.print(f"({time.monotonic() - began:.0f} s)")
    return found


if __name__ == "__main__":
    sys.exit(main())
