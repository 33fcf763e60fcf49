"""What became of outreaches, read into a table of SQLite: rows a second, requests a row, and memory.

``--quick`` takes a hundredth of the outreaches, to see that it works. Each is a conversation with its record,
its customer and one message. The sandbox is in this process, and what reads and writes is in another, whose
CPU and memory are measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.table import Table

from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.rules import conversations, messages, participants
from tests.bench.shown import show

COUNTS = (1_000, 10_000, 100_000)
MOST = 3
"""Requests a row."""
FLAT = 40.0
"""MB that the largest may take more than the smallest: the keys of what was read, 34 characters each."""


def main() -> int:
    """Measure, print the table, and fail if a row is missing, takes too many requests, or memory grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the outreaches")
    parser.add_argument("--read", metavar="FOLDER", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        print(json.dumps(read()))  # noqa: T201 - to the process that started this one
        return 0
    table = Table(title="Outreaches read into a table of SQLite")
    for name in ("outreaches", "rows a second", "... per second of CPU", "requests a row", "MB at most"):
        table.add_column(name, justify="right")
    found = []
    for count in COUNTS:
        figures = measure(count // 100 if given.quick else count)
        found.append(figures)
        table.add_row(
            f"{figures['outreaches']:,}",
            f"{figures['outreaches'] / figures['seconds']:,.0f}",
            f"{figures['outreaches'] / figures['cpu']:,.0f}",
            f"{figures['requests'] / figures['outreaches']:.2f}",
            f"{figures['megabytes']:.0f}",
        )
    show("results", table)
    grown = found[-1]["megabytes"] - found[0]["megabytes"] > FLAT
    return int(grown or any(one["requests"] > MOST * one["outreaches"] for one in found))


def measure(count: int) -> dict[str, Any]:
    """Fill a sandbox, and have it read.

    :param count: outreaches.
    """
    sandbox = Sandbox(seed=7, frozen=True)
    sandbox.settings.update({"rate_limits": False})
    fill(sandbox, count)
    with tempfile.TemporaryDirectory() as folder, sandbox.serve():
        environment = os.environ | {
            "AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(sandbox.connection()),
            "AIRFLOW_CONN_WAREHOUSE": json.dumps({"conn_type": "sqlite", "host": f"{folder}/warehouse.db"}),
        }
        command = [sys.executable, "-m", "tests.bench.results", "--read", folder]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert figures["outreaches"] == figures["messages"] == count, figures
        return figures | {"requests": sandbox.requests[-1].n}


def fill(sandbox: Sandbox, count: int) -> None:
    """Make outreaches in a sandbox, as they are once they have been opened.

    The sandbox's own rules make them, without a request for each step: three hundred thousand requests would
    take longer than what is measured, and leave the same rows.

    :param sandbox: the sandbox.
    :param count: how many.
    """
    store = sandbox._store
    source = {"dag_id": "bench", "run_id": "bench", "task_id": "reach", "map_index": -1}
    with store.lock:
        for number in range(count):
            record = OutreachRecord(f"fx{number:032d}", "+1", "sms", "", "bench", 0.0, source=source)
            form = {"Attributes": json.dumps(record.write_into({}))}
            conversation = conversations.create(store, form, "system")
            address = f"+1202{2_000_000 + number:07d}"
            participants.add(store, conversation, address=address, proxy_address="+15005550006")
            text = {"Body": "Your order is late.", "Attributes": '{"flexout_key": "fx"}'}
            messages.add(store, conversation, text)


def read() -> dict[str, Any]:
    """Write the tables, as a task does; give what that took."""
    from tests.system.results.tables import to_sql

    began, before = time.monotonic(), time.process_time()
    counts = to_sql()
    return counts | {
        "seconds": time.monotonic() - began,
        "cpu": time.process_time() - before,
        "megabytes": most_memory() / 1024,
    }


def most_memory() -> int:
    """Give the most kB that this process has held.

    Not ``ru_maxrss``: a process begins with that of the one that started it, here the sandbox.
    """
    [line] = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1])


if __name__ == "__main__":
    sys.exit(main())
