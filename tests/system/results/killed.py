"""A process of its own that writes the tables, and is killed at one of its steps."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import event

from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.tables import spool
from tests.system.results import tables

PIECE = 20
"""Outreaches of a piece: so few of them make as many steps as thousands do otherwise."""
_PROCESSES = multiprocessing.get_context("forkserver")  # a fork of this process, with its threads, could hang
_PROCESSES.set_forkserver_preload([__name__])
_WRITES = ("open", "shutil.copyfile", "os.rename", "os.mkdir", "os.remove")


def killed_by_step(step: int, folder: Path | None = None, ending: str = "") -> bool:
    """Write the tables in a process that is killed at a step; say whether it came to that.

    A step is a statement for a database, before and after it, a commit, or a change of a file.

    :param step: the number of the step, from 1.
    :param folder: the folder of the files, where they are written; otherwise it is the database.
    :param ending: of the files.
    """
    process = _start(step, folder, ending)
    process.join()
    return _was_killed(process)


def killed_by_request(sandbox: Sandbox, requests: int) -> bool:
    """Write the tables in a process that is killed once the sandbox has had so many requests of it.

    :param sandbox: the sandbox.
    :param requests: how many.
    """
    first = sandbox.requests[-1].n
    process = _start(0, None, "")
    while process.is_alive() and sandbox.requests[-1].n < first + requests:
        time.sleep(0.001)
    process.kill()
    process.join()
    return _was_killed(process)


def _start(step: int, folder: Path | None, ending: str) -> Any:
    connections = {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW_")}
    process = _PROCESSES.Process(target=_write, args=(connections, step, folder, ending))
    process.start()
    return process


def _was_killed(process: Any) -> bool:
    assert process.exitcode in (0, -signal.SIGKILL), f"exit code {process.exitcode}"
    return process.exitcode != 0


def _write(environment: Mapping[str, str], step: int, folder: Path | None, ending: str) -> None:
    os.environ.update(environment)
    spool.PIECE = PIECE
    write: Callable[[], object] = tables.to_sql if folder is None else lambda: tables.to_files(folder, ending)
    _kill_at(step, folder)
    write()


def _kill_at(step: int, folder: Path | None) -> None:
    numbers = count(1)

    def one_more(*_: Any) -> None:
        if next(numbers) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    if folder is None:
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(sqlalchemy.Engine, name, one_more)
        return

    def audit(name: str, arguments: tuple[Any, ...]) -> None:
        if name in _WRITES and any(str(folder) in str(one) for one in arguments[:2]):
            one_more()

    sys.addaudithook(audit)
