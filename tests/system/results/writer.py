"""A process of its own that writes the tables, as a worker's does; it may be killed at one of its steps."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing.connection import wait
from typing import Any

import sqlalchemy
from sqlalchemy import event

from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.request_log import LoggedRequest
from airflow_provider_flexout.tables import spool
from tests.system.results.tables import Files, Target

PIECE = 20
"""Outreaches of a piece: so few of them make as many steps as thousands do otherwise."""
_PROCESSES = multiprocessing.get_context("forkserver")  # a fork of this process, with its threads, could hang
_PROCESSES.set_forkserver_preload([__name__])
_WRITES = ("open", "shutil.copyfile", "os.rename", "os.mkdir", "os.remove")


def written_by(target: Target) -> dict[str, int]:
    """Write the tables in a process of their own, so that the sandbox has this one; give what is returned.

    :param target: where to.
    """
    with ProcessPoolExecutor(1, _PROCESSES) as pool:
        return pool.submit(_write, _connections(), target).result()


def killed_by_step(target: Target, step: int) -> bool:
    """Write the tables in a process that is killed at a step; say whether it came to that.

    A step is a statement for a database, before and after it, a commit, or a change of a file.

    :param target: where to.
    :param step: the number of the step, from 1.
    """
    process = _PROCESSES.Process(target=_write_until, args=(_connections(), target, step))
    process.start()
    process.join()
    return _was_killed(process)


def killed_by_request(target: Target, sandbox: Sandbox, requests: int) -> bool:
    """Write the tables in a process that is killed once the sandbox has had so many requests of it.

    :param target: where to.
    :param sandbox: the sandbox.
    :param requests: how many.
    """
    (heard, teller), numbers = _PROCESSES.Pipe(duplex=False), count(1)

    def listen(_: LoggedRequest) -> None:
        if next(numbers) == requests:
            teller.send(requests)

    sandbox.requests.listener = listen
    process = _PROCESSES.Process(target=_write, args=(_connections(), target))
    process.start()
    wait([heard, process.sentinel])
    process.kill()
    process.join()
    sandbox.requests.listener = None
    return _was_killed(process)


def _connections() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW_")}


def _was_killed(process: Any) -> bool:
    assert process.exitcode in (0, -signal.SIGKILL), f"exit code {process.exitcode}"
    return process.exitcode != 0


def _write(environment: Mapping[str, str], target: Target) -> dict[str, int]:
    os.environ.update(environment)
    return target.write()


def _write_until(environment: Mapping[str, str], target: Target, step: int) -> None:
    spool.PIECE = PIECE
    _kill_at(step, target)
    _write(environment, target)


def _kill_at(step: int, target: Target) -> None:
    numbers = count(1)

    def one_more(*_: Any) -> None:
        if next(numbers) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(name: str, arguments: tuple[Any, ...]) -> None:
        if name in _WRITES and any(folder in str(one) for one in arguments[:2]):
            one_more()

    if isinstance(target, Files):
        folder = str(target.folder)
        sys.addaudithook(audit)
        return
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(sqlalchemy.Engine, name, one_more)
