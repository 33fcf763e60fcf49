"""A sandbox to measure against, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.sandbox_process import client_of, start_sandbox


@contextmanager
def served() -> Iterator[dict[str, Any]]:
    """Run an empty sandbox that refuses nothing for being too much; give the connection that leads to it."""
    process, connection = start_sandbox()
    with process:
        try:
            with client_of(connection) as client:
                client.post("/sandbox/settings", json={"rate_limits": False}).raise_for_status()
            yield connection
        finally:
            process.terminate()
