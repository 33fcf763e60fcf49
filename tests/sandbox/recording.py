"""Which of Twilio's operations the tests drive through Twilio's own package: ``driven.json``, kept true.

A run of all of ``tests/sandbox`` fails if an operation was driven that the file does not have, or if the test
that it names did not drive it. ``FLEXOUT_PARITY=write`` writes the file instead. Where tests were skipped for
want of Twilio's documents, there is nothing to compare.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

from airflow_provider_flexout.sandbox.sandbox import ROUTES

FOLDER = Path(__file__).parent
FILE = FOLDER / "driven.json"
_SEEN: defaultdict[str, set[str]] = defaultdict(set)


def note(method: str, path: str) -> None:
    """Note that the test that runs now has had an answer from an operation.

    :param method: HTTP method.
    :param path: decoded path.
    """
    operation, _ = ROUTES.find(method.upper(), path)
    test = os.environ["PYTEST_CURRENT_TEST"].partition(" ")[0].partition("[")[0]
    _SEEN[operation.name].add(test.rpartition("tests/sandbox/")[2])


def compare(session: pytest.Session, exitstatus: int) -> None:
    """Compare with the file what a whole run has seen.

    :param session: pytest's.
    :param exitstatus: of the run.
    """
    ran = {item.path for item in session.items if item.path.parent == FOLDER}
    chosen = session.config.option.keyword or any("::" in each for each in session.config.args)
    if exitstatus or chosen or ran != set(FOLDER.glob("test_*.py")) or _skipped(session):
        return
    written = json.loads(FILE.read_text()) if FILE.exists() else {}
    true = {name: test for name, test in written.items() if test in _SEEN[name]}
    # A test that is named stays named while it drives the operation, so that the page changes little.
    seen = {name: true.get(name, min(tests)) for name, tests in sorted(_SEEN.items()) if tests}
    if os.environ.get("FLEXOUT_PARITY") == "write":
        FILE.write_text(json.dumps(seen, indent=1) + "\n")
    elif seen != written:
        different = sorted(name for name, _ in seen.items() ^ written.items())
        print(f"\n{FILE.name} is not up to date ({', '.join(different)}): run make parity")  # noqa: T201
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skipped(session: pytest.Session) -> bool:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = {session.config.rootpath / each.fspath for each in reporter.stats.get("skipped", ())}
    return any(path.parent == FOLDER for path in skipped)
