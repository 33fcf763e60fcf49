"""What the proof of "one outreach, one conversation" is run with, and the table that it prints."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from airflow_provider_flexout.sandbox import Sandbox
from tests.crash.grid import Grid
from tests.crash.stage import Stage

# A history takes as long as it takes, and the same ones are told each time. For a long run of new ones:
# FLEXOUT_CHAOS=20000 pytest tests/crash/test_histories.py
_CHAOS = int(os.environ.get("FLEXOUT_CHAOS", "0"))
settings.register_profile(
    "once",
    derandomize=not _CHAOS,
    max_examples=_CHAOS or 300,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)

_GRID = pytest.StashKey[Grid]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_GRID] = Grid()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    grid = config.stash[_GRID]
    if grid.size or grid.histories:
        terminalreporter.section("one outreach, one conversation")
        for line in grid.lines():
            terminalreporter.line(line)


@pytest.fixture
def grid(pytestconfig: pytest.Config) -> Grid:
    return pytestconfig.stash[_GRID]


@pytest.fixture
def stage(sandbox: Sandbox) -> Stage:
    """An empty stage."""
    return Stage(sandbox)


@pytest.fixture
def new_stage() -> Callable[..., Stage]:
    """Make an empty stage whose Twilio behaves in a certain way."""

    def make(*, second: str = "refuse", lag: float = 0.0, **settings: str) -> Stage:
        sandbox = Sandbox(seed=7, frozen=True)
        sandbox.settings.update({"second_interaction": second, "task_list_lag": lag, **settings})
        return Stage(sandbox)

    return make
