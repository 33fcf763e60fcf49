from __future__ import annotations

from pathlib import Path

import psutil
import pytest


def processes_below(folder: Path) -> list[psutil.Process]:
    """All living processes that work in a folder or below it."""
    found = []
    for process in psutil.process_iter(["cwd", "status"]):
        cwd = process.info["cwd"]
        if cwd and Path(cwd).is_relative_to(folder) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


@pytest.fixture
def left_running(tmp_path):
    """Which processes work in the test's folder, looked up when called."""
    return lambda: processes_below(tmp_path.resolve())
