"""A demo that was left running: recorded, found again and stopped."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from airflow_provider_flexout.demo import processes
from airflow_provider_flexout.demo.component import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from airflow_provider_flexout.demo.component import Component

NOTE = "demo.json"


def record(folder: Path, components: Iterable[Component], *, remove: bool) -> None:
    """Record what is left running.

    :param folder: of the demo.
    :param components: the programs.
    :param remove: whether the folder goes when the demo is stopped.
    """
    note = {"sessions": [component.session for component in components], "remove": remove}
    (folder / NOTE).write_text(json.dumps(note), encoding="utf-8")


def stop(folder: Path) -> None:
    """Stop what was left running in a folder.

    :param folder: of the demo.
    :raises FileNotFoundError: if no demo was left there.
    """
    folder = folder.resolve()
    note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    # After a reboot, another program may have the same session id.
    ours = [session for session in note["sessions"] if processes.works_in(folder, session)]
    processes.stop(ours, TIMEOUT)
    if note["remove"]:
        shutil.rmtree(folder)
    else:
        (folder / NOTE).unlink()
