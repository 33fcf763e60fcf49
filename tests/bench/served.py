"""A sandbox to measure against, in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx


@contextmanager
def served() -> Iterator[dict[str, Any]]:
    """Run an empty sandbox that refuses nothing for being too much; give the connection that leads to it."""
    command = [
        sys.executable,
        "-m",
        "airflow_provider_flexout.cli.main",
        "sandbox",
        "--port",
        "0",
        "--no-log",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                found = re.search(r"AIRFLOW_CONN_FLEXOUT_DEFAULT='(.*)'", line)
                if found:
                    connection = json.loads(found.group(1))
                    url = f"{connection['extra']['base_url']}/sandbox/settings"
                    httpx.post(url, json={"rate_limits": False}).raise_for_status()
                    yield connection
                    return
            raise RuntimeError("the sandbox did not say where it is")
        finally:
            process.terminate()
