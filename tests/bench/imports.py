"""What it costs a DAG file to import our operators, beside what other providers' operators cost.

Each figure is the median of fresh processes that import ``airflow.sdk`` first.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from importlib.util import find_spec

from rich.table import Table

from airflow_provider_flexout.get_provider_info import get_provider_info
from tests.bench.shown import show

PROCESSES = 11
INFO = get_provider_info()
MAIN = (
    *(name for kind in ("operators", "hooks") for room in INFO[kind] for name in room["python-modules"]),
    "airflow_provider_flexout.links.flex",
)
ALL = (
    *MAIN,
    *(name for kind in ("sensors", "triggers") for room in INFO[kind] for name in room["python-modules"]),
    *(path.rpartition(".")[0] for path in INFO["notifications"]),
    "airflow_provider_flexout.assets.flexout",
    "airflow_provider_flexout.alerts.callbacks",
    "airflow_provider_flexout.alerts.plan",
    "airflow_provider_flexout.retry_policies.flex",
    "airflow_provider_flexout.bulk.sources.split",
)
CANDIDATES = {
    "flexout: operators, hook and links": MAIN,
    "flexout: all that a DAG file may name, triggers too": ALL,
    "smtp: operator": ("airflow.providers.smtp.operators.smtp",),
    "http: operator": ("airflow.providers.http.operators.http",),
    "slack: operator": ("airflow.providers.slack.operators.slack",),
}
CODE = """
import sys, time
import airflow.sdk
from airflow.sdk import BaseOperator
before, began = len(sys.modules), time.perf_counter()
for name in {names!r}:
    __import__(name)
print((time.perf_counter() - began) * 1000, len(sys.modules) - before)
"""


def measure(names: tuple[str, ...]) -> tuple[float, int]:
    """Import in a fresh process; give milliseconds and the number of modules loaded."""
    code = CODE.format(names=names)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    milliseconds, modules = done.stdout.split()[-2:]
    return float(milliseconds), int(modules)


def main() -> None:
    """Print the table."""
    table = Table(title=f"Import after airflow.sdk, {PROCESSES} fresh processes each")
    for column in ("what", "median ms", "min", "max", "modules"):
        table.add_column(column, justify="left" if column == "what" else "right")
    present = {
        what: names for what, names in CANDIDATES.items() if find_spec(".".join(names[0].split(".")[:3]))
    }
    figures: dict[str, list[tuple[float, int]]] = {what: [] for what in present}
    for names in present.values():
        measure(names)  # writes the byte code
    for _ in range(PROCESSES):
        for what, names in present.items():
            figures[what].append(measure(names))
    for what, measured in figures.items():
        times = [milliseconds for milliseconds, _ in measured]
        table.add_row(
            what,
            f"{statistics.median(times):.1f}",
            f"{min(times):.1f}",
            f"{max(times):.1f}",
            str(measured[0][1]),
        )
    show("imports", table)


if __name__ == "__main__":
    main()
