"""Everything that a started program has started in turn, found and stopped.

A program is started as the leader of a session of its own. Airflow's task runners leave their process
group but not their session, and what leaves the session is still found as somebody's child.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

AFTER_KILL = 10.0
"""Seconds that the kernel is given to remove killed processes."""


def members(sessions: Iterable[int]) -> list[psutil.Process]:
    """Find the living processes of some sessions, and those that these have started.

    :param sessions: session ids, which are the process ids of the session leaders.
    """
    everybody = {process.pid: process for process in psutil.process_iter(["ppid", "status"])}
    wanted = set(sessions)
    ours = {pid for pid in everybody if _session_of(pid) in wanted}
    grown = True
    while grown:
        children = {pid for pid, process in everybody.items() if process.info["ppid"] in ours} - ours
        ours |= children
        grown = bool(children)
    return [everybody[pid] for pid in sorted(ours) if everybody[pid].info["status"] != psutil.STATUS_ZOMBIE]


def works_in(folder: Path, session: int) -> bool:
    """Tell whether a session has a process that works in a folder.

    :param folder: an absolute path without symbolic links.
    :param session: a session id, which may have become somebody else's since it was noted.
    """
    for process in members([session]):
        with suppress(psutil.Error):
            if process.cwd() == str(folder):
                return True
    return False


def stop(sessions: Iterable[int], timeout: float) -> None:
    """Ask the session leaders to end, wait, then kill whatever is left of the sessions.

    :param sessions: session ids.
    :param timeout: seconds that the leaders get to end in good order.
    """
    sessions = list(sessions)
    known = members(sessions)
    for session in sessions:
        with suppress(ProcessLookupError):
            os.kill(session, signal.SIGTERM)
    psutil.wait_procs(known, timeout=timeout)
    kill(sessions, known)


def kill(sessions: Iterable[int], known: Iterable[psutil.Process] = ()) -> None:
    """Kill whole sessions at once, as if the machine had lost power.

    :param sessions: session ids.
    :param known: processes seen earlier, which may have lost their parent and so their trace since.
    :raises RuntimeError: if something survives for ten seconds.
    """
    sessions = list(sessions)
    to_kill = {process for process in known if process.is_running()}
    deadline = time.monotonic() + AFTER_KILL
    while to_kill := _alive(to_kill | set(members(sessions))):
        if time.monotonic() > deadline:
            survivors = ", ".join(str(process.pid) for process in to_kill)
            raise RuntimeError(f"These processes survive a SIGKILL: {survivors}. Look at them with `ps`.")
        for process in to_kill:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(to_kill, timeout=0.5)


def _alive(processes: Iterable[psutil.Process]) -> set[psutil.Process]:
    alive = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                alive.add(process)
    return alive


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None
