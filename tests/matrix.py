"""Run the tests without processes on each Airflow that we support, with its lowest and highest Python.

Called by `make test-matrix` with the path of uv, and with cells where not all of them are wanted. An
interpreter that this machine does not have is fetched by uv; where that fails, the nearest one that there is
takes its place, and the table says so.

`make test-lowest` asks for the cell `lowest`: the oldest Airflow and Python, and of everything that
pyproject.toml names the lowest version that it allows.

Tests that no Airflow takes part in run here with the oldest Airflow, Python and dependencies only, and the
crash grids not at all; `make test` runs all of them with the newest. The others run in each cell. Two cells
run at a time, each with a log of its own, which is printed when the cell has ended; one alone has all
processors.
"""
# ruff: noqa: T201 - a program that talks to its user

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv-matrix"
LOWEST = ROOT / ".venv-lowest"
WITHOUT_AIRFLOW = ("unit/twilio", "unit/outreach", "unit/sandbox", "contract", "sandbox")
WITH_AIRFLOW = (
    *(
        f"unit/{part.name}"
        for part in sorted((ROOT / "tests" / "unit").iterdir())
        if (part.is_dir() and part.name != "__pycache__") or part.name.startswith("test_")
        if f"unit/{part.name}" not in WITHOUT_AIRFLOW
    ),
    "crash/follow_up",
)
ROW = "{:<10}{:<16}{:<18}{:<29}{:<16}{:>7}"
PYTHONS = {"3.1": (10, 13), "3.2": (10, 14), "3.3": (10, 14)}
"""Lowest and highest Python 3 that each Airflow allows."""
AS_OF = {"3.1": "2026-04-01", "3.2": "2026-06-15"}
"""A day soon after the newest patch of an Airflow that cannot live with what its dependencies have become
since: 3.2.2 fails with newer cadwyn, fastapi and starlette. Airflow's constraints files do the same."""


LOWEST_AIRFLOW = "structlog<25.5\nuniversal-pathlib<0.3\n"
"""Airflow 3.1.3 sets no bounds on them, and needs what its own constraints file has."""
NOT_AS_OLD = ("twilio",)
"""What the tests need of a newer day than that; of what the package itself depends on, nothing."""


class Cell(NamedTuple):
    airflow: str
    wanted: int
    python: int
    tests: str
    outcome: str
    seconds: float


class Interpreters:
    """Python interpreters by minor version, as far as they can be had."""

    def __init__(self, uv: str) -> None:
        self._uv = uv
        self._environment = {
            **os.environ,
            # pyenv's shims answer only for the versions that are switched on, so look behind them.
            "PATH": os.pathsep.join([*map(str, pyenv_folders()), os.environ["PATH"]]),
            "UV_PYTHON_INSTALL_DIR": str(FOLDER / "python"),
        }
        self._paths: dict[int, str | None] = {}

    def nearest(self, wanted: int, others: range) -> tuple[int, str]:
        """Return the wanted version, or the first of the others that this machine has."""
        if wanted not in self._paths and not self.path(wanted):
            print(f"No Python 3.{wanted} here; asking uv to fetch one", flush=True)
            self._ask("install", wanted)
            del self._paths[wanted]
        for version in (wanted, *others):
            if path := self.path(version):
                return version, path
        raise SystemExit(f"No Python 3.{wanted} on this machine, nor one that could take its place.")

    def path(self, version: int) -> str | None:
        if version not in self._paths:
            answer = self._ask("find", version, "--system")
            self._paths[version] = answer.stdout.strip() if answer.returncode == 0 else None
        return self._paths[version]

    def _ask(self, command: str, version: int, *options: str) -> subprocess.CompletedProcess[str]:
        arguments = [self._uv, "python", command, *options, f"3.{version}"]
        return subprocess.run(arguments, env=self._environment, text=True, capture_output=True, check=False)


def pyenv_folders() -> list[Path]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return sorted(root.glob("versions/3.*/bin"), reverse=True)


def run_cell(
    uv: str,
    airflow: str,
    wanted: int,
    version: int,
    interpreter: str,
    whole: bool,
    lowest: bool,
    processes: int,
) -> Cell:
    began = time.monotonic()
    parts = (*WITH_AIRFLOW, *WITHOUT_AIRFLOW) if whole else WITH_AIRFLOW
    tests = "all" if whole else "with Airflow"
    folder = LOWEST if lowest else FOLDER / f"airflow-{airflow}-python-3.{version}"
    python = folder / "bin" / "python"
    environment = {**os.environ, "AIRFLOW_HOME": str(folder / "airflow")}
    wish, constraints = folder / "wish.txt", folder / "constraints.txt"
    folder.mkdir(parents=True, exist_ok=True)
    as_of = ["--exclude-newer", AS_OF[airflow]] if airflow in AS_OF else []
    wish.write_text(LOWEST_AIRFLOW if lowest else f"apache-airflow=={airflow}.*\n", encoding="utf-8")
    given: list[str | Path] = ["--constraints", constraints, "--requirements", wish]
    if lowest:
        newer = [part for name in NOT_AS_OLD for part in ("--exclude-newer-package", f"{name}=false")]
        given = ["--resolution", "lowest-direct", *as_of, *newer, "--constraints", wish]
    steps: dict[str, list[str | Path]] = {
        "no environment": [uv, "venv", "--quiet", "--allow-existing", "--python", interpreter, folder],
        "not resolvable": [
            *(uv, "pip", "compile", "--quiet", "--upgrade"),
            *("--python", python, "--output-file", constraints),
            *as_of,
            wish,
        ],
        "not installable": [
            *(uv, "pip", "install", "--quiet", "--python", python),
            *given,
            *("--editable", f"{ROOT}[demo,holidays,parquet,relay]"),
            *("--group", f"{ROOT / 'pyproject.toml'}:test"),
        ],
        "failed": [
            *(python, "-m", "pytest", "--quiet", "--numprocesses", str(processes), "--dist", "worksteal"),
            *(ROOT / "tests" / part for part in parts),
        ],
    }
    if lowest:
        del steps["not resolvable"]
    outcome, log = "passed", folder / "log.txt"
    with log.open("w", encoding="utf-8") as output:
        for problem, command in steps.items():
            ended = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
            )
            if ended.returncode != 0:
                outcome = problem
                break
    # In one piece, so that the two that run at a time do not mix.
    print(f"\n=== Airflow {airflow}, Python 3.{version} ===\n{log.read_text(encoding='utf-8')}", flush=True)
    ran = installed_airflow(python) if outcome in ("passed", "failed") else airflow
    return Cell(ran, wanted, version, tests, outcome, time.monotonic() - began)


def installed_airflow(python: Path) -> str:
    code = "from importlib.metadata import version; print(version('apache-airflow-core'))"
    return subprocess.run([python, "-c", code], text=True, capture_output=True, check=True).stdout.strip()


def main(uv: str, *only: str) -> int:
    """Run the cells, or some of them, such as ``3.1-3.10``; give the exit code."""
    known = [f"{airflow}-3.{python}" for airflow, pythons in PYTHONS.items() for python in pythons]
    known.append("lowest")
    if unknown := set(only) - set(known):
        raise SystemExit(f"There are no cells {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
    interpreters = Interpreters(uv)
    oldest = next(iter(PYTHONS))
    jobs = []
    for airflow, (lowest, highest) in PYTHONS.items():
        upwards, downwards = range(lowest, highest), range(highest, lowest, -1)
        for wanted, others in ((lowest, upwards), (highest, downwards)):
            whole = (airflow, wanted) == (oldest, lowest)
            chosen = [False] if not only or f"{airflow}-3.{wanted}" in only else []
            chosen += [True] if whole and "lowest" in only else []
            for of_lowest in chosen:
                version, interpreter = interpreters.nearest(wanted, others)
                jobs.append((uv, airflow, wanted, version, interpreter, whole, of_lowest))
    at_a_time = min(2, len(jobs))
    processes = max(2, (os.cpu_count() or 1) // at_a_time)  # many tests wait, so two share a processor well
    with ThreadPoolExecutor(max_workers=at_a_time) as pool:
        cells = list(pool.map(lambda job: run_cell(*job, processes), jobs))
    print("\n" + ROW.format("Airflow", "Python wanted", "Python that ran", "tests", "outcome", "seconds"))
    for cell in cells:
        stand_in = "" if cell.python == cell.wanted else " (nearest)"
        ran = f"3.{cell.python}{stand_in}"
        told = (cell.tests, cell.outcome, round(cell.seconds))
        print(ROW.format(cell.airflow, f"3.{cell.wanted}", ran, *told))
    return int(any(cell.outcome != "passed" for cell in cells))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
