"""Run the tests without processes on each Airflow that we support, with its lowest and highest Python.

Called by `make test-matrix` with the path of uv. Interpreters are taken from this machine, or fetched by
uv; where neither works, the nearest one that there is takes the place, and the table says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv-matrix"
PYTHONS = {"3.1": ("3.10", "3.13"), "3.2": ("3.10", "3.14"), "3.3": ("3.10", "3.14")}
"""Lowest and highest Python that each Airflow allows."""


class Cell(NamedTuple):
    airflow: str
    wanted: str
    ran: str
    outcome: str
    seconds: float


def main(uv: str) -> int:
    available = {python: interpreter(uv, python) for pair in PYTHONS.values() for python in pair}
    cells = []
    for airflow, (lowest, highest) in PYTHONS.items():
        for wanted, others in ((lowest, range(10, 15)), (highest, range(14, 9, -1))):
            ...
    return 0
