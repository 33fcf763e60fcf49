"""What it costs a DAG file to import our operators and to make a task, beside what other providers cost.

Each figure is the median of fresh processes, which first make a task of Airflow's own: Airflow parses a DAG
file in a process of its own, again and again.
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
TASKS = {
    "flexout: a task that opens a conversation": (
        "airflow_provider_flexout.operators.interaction",
        "CreateInteractionOperator(task_id='open', channel='sms', to='{{ params.to }}')",
    ),
    "flexout: the same, with the number as a literal": (
        "airflow_provider_flexout.operators.interaction",
        "CreateInteractionOperator(task_id='open', channel='sms', to='+12025550143')",
    ),
    "smtp: a task that sends a mail": (
        "airflow.providers.smtp.operators.smtp",
        "EmailOperator(task_id='send', to='{{ params.to }}', subject='Late', html_content='Late')",
    ),
    "http: a task that sends a request": (
        "airflow.providers.http.operators.http",
        "HttpOperator(task_id='send', endpoint='{{ params.path }}')",
    ),
    "slack: a task that posts a message": (
        "airflow.providers.slack.operators.slack",
        "SlackAPIPostOperator(task_id='send', channel='{{ params.to }}', text='Late')",
    ),
}
CODE = """
import sys, time
from airflow.sdk import BaseOperator, DAG
with DAG("before"):
    BaseOperator(task_id="one")
with DAG("measured"):
    before, began = len(sys.modules), time.perf_counter()
    {what}
    print((time.perf_counter() - began) * 1000, len(sys.modules) - before)
"""


def measure(what: str) -> tuple[float, int]:
    """Run code in a fresh process; give milliseconds and the number of modules loaded."""
    code = CODE.format(what=what)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    milliseconds, modules = done.stdout.split()[-2:]
    return float(milliseconds), int(modules)


def main() -> None:
    """Print the table."""
    table = Table(title=f"Import, and a task made, after airflow.sdk; {PROCESSES} fresh processes each")
    for column in ("what", "median ms", "min", "max", "modules"):
        table.add_column(column, justify="left" if column == "what" else "right")
    codes = {what: "; ".join(f"import {name}" for name in names) for what, names in CANDIDATES.items()}
    codes |= {what: f"from {module} import *; {made}" for what, (module, made) in TASKS.items()}
    packages = {what: ".".join(code.split()[1].rstrip(";").split(".")[:3]) for what, code in codes.items()}
    present = {what: code for what, code in codes.items() if find_spec(packages[what])}
    figures: dict[str, list[tuple[float, int]]] = {what: [] for what in present}
    for code in present.values():
        measure(code)  # writes the byte code
    for _ in range(PROCESSES):
        for what, code in present.items():
            figures[what].append(measure(code))
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
