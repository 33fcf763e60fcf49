"""Airflow's database, and the table of all storms, printed at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.console import Console
from rich.table import Table

from tests.system.celery.services import database

COLUMNS = (
    "storm",
    "kills",
    "frozen",
    "faults",
    "restarts",
    "retried",
    "green",
    "interactions",
    "no customer",
    "sent twice",
    "missed",
)
STORMS = pytest.StashKey[list]()
NOTES = pytest.StashKey[list[str]]()


@pytest.fixture
def metadata() -> Iterator[str]:
    """URL of an empty PostgreSQL database; SQLite would be locked for most of a storm."""
    with database() as url:
        yield url


@pytest.fixture
def storms(request) -> list:
    """What each storm came to, for the table."""
    return request.config.stash.setdefault(STORMS, [])


@pytest.fixture
def notes(request) -> list[str]:
    """Sentences for the end of the report."""
    return request.config.stash.setdefault(NOTES, [])


def pytest_terminal_summary(terminalreporter, config) -> None:
    for note in config.stash.get(NOTES, []):
        terminalreporter.write_line(note)
    found = config.stash.get(STORMS, [])
    if not found:
        return
    table = Table(title="Outreaches with a message each", width=140)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "storm" else "right")
    for one in found:
        table.add_row(*one.row)
    console = Console(width=140)
    with console.capture() as text:
        console.print(table)
    terminalreporter.write_line("")
    terminalreporter.write(text.get())
