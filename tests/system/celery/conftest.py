"""The figures of the run, printed at the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

FIGURES = pytest.StashKey[dict[str, object]]()


@pytest.fixture
def record_figures(request: pytest.FixtureRequest) -> Callable[[dict[str, object]], None]:
    """Keep figures for the summary."""
    return request.config.stash.setdefault(FIGURES, {}).update


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for what, figure in config.stash.get(FIGURES, {}).items():
        terminalreporter.write_line(f"{what:>18}: {figure}")
