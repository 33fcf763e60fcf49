"""``make bench``: every benchmark, one after the other, each in a process of its own.

They want a machine that does nothing else: the figures are CPU, rates and delays. About twenty minutes on two
cores. One that fails, or takes longer than it may, does not keep the others from running.
"""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

BENCHES: tuple[tuple[float, str, tuple[str, ...]], ...] = (
    (120, "imports", ()),
    (30, "client_cpu", ()),
    (120, "sandbox", ("--many", "100000")),
    (150, "transports", ()),
    (150, "waits", ()),
    (120, "relay", ()),
    (30, "plan", ()),
    (810, "bulk", ()),
    (30, "bulk.million", ()),
    (900, "results", ()),
)
"""Seconds that each may take, 41 minutes in all; its module, and its arguments."""
TO_CLEAN_UP = 30.0
"""Seconds that one gets to end what it has started, when its time is over."""


def main() -> int:
    """Run all, and give how many of them failed."""
    if not sys.stdout.isatty():
        os.environ.setdefault("COLUMNS", "130")
    console, failed, began = Console(highlight=False), [], time.monotonic()
    for limit, name, arguments in BENCHES:
        console.rule(f"[bold]{name}")
        console.print(f"{summary(name)}\n")
        started = time.monotonic()
        command = [sys.executable, "-m", f"tests.bench.{name}", *arguments]
        if why := problem(subprocess.Popen(command), limit):
            failed.append(f"{name}: {why}")
        console.print(f"took {time.monotonic() - started:.0f} s\n")
    console.rule(f"{(time.monotonic() - began) / 60:.1f} minutes in all")
    for one in failed:
        console.print(f"[bold red]failed: {one}")
    return len(failed)


def problem(process: subprocess.Popen[bytes], limit: float) -> str | None:
    """Wait for the end of a benchmark, and say what is wrong with it."""
    try:
        code = process.wait(limit)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)  # so that it ends the servers that it has started
        try:
            process.wait(TO_CLEAN_UP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return f"not done after {limit:.0f} s"
    return f"exit code {code}" if code else None


def summary(name: str) -> str:
    """Read what a benchmark measures: the first paragraph of its docstring."""
    file = Path(__file__).parent / name.replace(".", "/")
    file = file / "__main__.py" if file.is_dir() else file.with_suffix(".py")
    said = ast.get_docstring(ast.parse(file.read_text())) or ""
    return said.partition("\n\n")[0].replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())
