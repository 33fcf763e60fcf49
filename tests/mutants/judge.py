"""Break one line after the other, and see whether a test fails.

The tests are collected once; each mutant takes a fork, and not a start of pytest. Its tests are those that
call the broken function: first the one that noticed the last mutant of this function, then the module's own,
then other unit tests, then the crash grids, of each the quick ones first. The first failure ends it.

A plugin of the pytest session that ``python -m tests.mutants`` starts in the folder of the mutants.
"""
# ruff: noqa: T201 - a program that talks to its user

from __future__ import annotations

import gc
import hashlib
import json
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest
from mutmut.state import state

SEEN = Path("tests-seen.json")
FAILED = Path("tests-failed.txt")
TO_JUDGE = Path("to-judge.json")
VERDICTS = Path("verdicts.jsonl")
BROKEN = "MUTANT_UNDER_TEST"
"""The variable that tells mutmut's code which line is broken."""
CHILDREN = os.cpu_count() or 1
MORE_MEMORY = 4 << 30
"""So much may be taken by a mutant whose loop has no end."""


def function_of(mutant: str) -> str:
    return mutant.partition("__mutmut_")[0]


def seconds_allowed(usual: float) -> float:
    """Say how long a test may keep a processor busy: what takes longer has a loop without an end."""
    return 10 * usual + 1


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Judge the mutants, in place of running the tests."""
    if session.testsfailed:
        raise session.Interrupted("the tests could not be collected")
    gc.collect()
    gc.freeze()
    _Judge(session, _see_all(session)).judge(json.loads(TO_JUDGE.read_text()))
    return True


class _Judge:
    def __init__(self, session: pytest.Session, seen: dict[str, Any]) -> None:
        self._session = session
        self._seconds = {name: one["seconds"] for name, one in seen.items()}
        self._tests: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            for function in seen[item.nodeid]["functions"]:
                self._tests[function].append(item)
        self._noticed_last: dict[str, str] = {}
        self._running: dict[int, tuple[str, int, int]] = {}

    def judge(self, todo: dict[str, dict[str, Any]]) -> None:
        with VERDICTS.open("a") as verdicts:

            def end_one() -> None:
                print(json.dumps(self._end_one(todo)), file=verdicts, flush=True)

            for count, mutant in enumerate(todo, 1):
                if len(self._running) >= CHILDREN:
                    end_one()
                self._start(mutant)
                if not count % 50:
                    print(f"{count:,} of {len(todo):,} mutants", file=sys.stderr, flush=True)
            while self._running:
                end_one()

    def _start(self, mutant: str) -> None:
        tests = sorted(self._tests[function_of(mutant)], key=lambda item: self._order(item, mutant))
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            _be_a_child(lambda: run_mutant(mutant, self._session, tests, self._seconds, writer))
        os.close(writer)
        self._running[child] = (mutant, reader, len(tests))

    def _order(self, item: pytest.Item, mutant: str) -> tuple[bool, int, float]:
        function = function_of(mutant)
        folder, _, module = function.rpartition(".")[0].partition(".")[2].replace(".", "/").rpartition("/")
        own = f"tests/unit/{folder}/test_{module.removeprefix('_')}.py"
        stage = [item.nodeid.startswith(start) for start in (own, "tests/unit/", "tests/")].index(True)
        return item.nodeid != self._noticed_last.get(function), stage, self._seconds[item.nodeid]

    def _end_one(self, todo: dict[str, dict[str, Any]]) -> dict[str, Any]:
        child, status, used = os.wait4(-1, 0)
        mutant, reader, tests = self._running.pop(child)
        with os.fdopen(reader) as said:
            by = said.read()
        if by:
            self._noticed_last[function_of(mutant)] = by
        if os.WIFSIGNALED(status):
            by = signal.Signals(os.WTERMSIG(status)).name
        return {
            **todo[mutant],
            "mutant": mutant,
            "noticed": bool(status),
            "by": by,
            "tests": tests,
            "seconds": round(used.ru_utime + used.ru_stime, 2),
        }


def _be_a_child(act: Callable[[], None]) -> NoReturn:
    """Do something in a fork that prints nothing, and end it with nothing of its parent's cleaned up."""
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        act()
        code = 0
    finally:
        os._exit(code)


class _AllFailures:
    """A plugin of a fork: notes which tests fail."""

    def __init__(self) -> None:
        self.tests: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.tests.append(f"{report.nodeid} ({report.when})\n{report.longreprtext}")


class _FirstFailure:
    """A plugin of a fork: ends it where a test fails, before anybody words a report of it."""

    def __init__(self, writer: int) -> None:
        self._writer = writer

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.excinfo and not call.excinfo.errisinstance(pytest.skip.Exception):
            os.write(self._writer, item.nodeid.encode())
            os._exit(1)


def run_mutant(
    mutant: str,
    session: pytest.Session,
    tests: Sequence[pytest.Item],
    usual: dict[str, float],
    writer: int,
) -> None:
    """Run tests with a line broken; where one fails, write its name and end the process."""
    os.environ[BROKEN] = mutant
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MORE_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    session.config.pluginmanager.register(_FirstFailure(writer))
    # Where no test calls the function there is none, and the mutant is not noticed.
    for item, following in zip(tests, [*tests[1:], None], strict=False):
        # Of the processor, since others share it; of the clock, for one that waits for ever.
        signal.setitimer(signal.ITIMER_PROF, seconds_allowed(usual[item.nodeid]))
        signal.setitimer(signal.ITIMER_REAL, 100 * seconds_allowed(usual[item.nodeid]))
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def _see_all(session: pytest.Session) -> dict[str, Any]:
    """Note which functions each test calls, and what it takes; of a test that has changed, anew."""
    package = _digest(*sorted(Path("airflow_provider_flexout").rglob("*.py")))
    known = json.loads(SEEN.read_text()) if SEEN.exists() else {}
    tests = known["tests"] if known.get("package") == package else {}
    files = {item.path: _digest(item.path) for item in session.items}
    new = [item for item in session.items if tests.get(item.nodeid, {}).get("file") != files[item.path]]
    print(f"{len(new):,} of {len(session.items):,} tests are new", file=sys.stderr, flush=True)
    if not new:
        return tests

    def see() -> None:
        os.environ[BROKEN] = "stats"
        failures = _AllFailures()
        session.config.pluginmanager.register(failures)
        for item, following in zip(new, [*new[1:], None], strict=True):
            state()._stats.clear()
            began = time.process_time()
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            tests[item.nodeid] = {
                "file": files[item.path],
                "functions": sorted(state()._stats),
                "seconds": round(time.process_time() - began, 3),
            }
        if failures.tests:
            FAILED.write_text("\n".join(failures.tests))
            os._exit(1)
        SEEN.write_text(json.dumps({"package": package, "tests": tests}))

    child = os.fork()
    if not child:
        _be_a_child(see)
    if os.waitpid(child, 0)[1]:
        print(f"Tests fail although no line is broken:\n{FAILED.read_text()}", file=sys.stderr)
        pytest.exit("nothing can be judged", returncode=1)
    return json.loads(SEEN.read_text())["tests"]


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
