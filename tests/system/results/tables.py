"""Writing the tables with the operators, and reading them back without them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

import pyarrow.parquet

from airflow_provider_flexout.transfers.outreach import (
    OutreachToObjectStorageOperator,
    OutreachToSqlOperator,
)
from tests.system.results import held
from tests.system.results.story import Story, execute

EVERYTHING = {"include_addresses": True, "include_bodies": True, "lookback": "60d"}
CONN_ID = "warehouse"
Tables = tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]


class Target(Protocol):
    """A place that both tables are written to, and read back from."""

    def write(self, **arguments: Any) -> dict[str, int]: ...

    def read(self) -> Tables: ...


def to_sql(**arguments: Any) -> dict[str, int]:
    """Write both tables into the database that the connection leads to."""
    operator = OutreachToSqlOperator(
        task_id="results", conn_id=CONN_ID, create_tables=True, **EVERYTHING | arguments
    )
    found: dict[str, int] = execute(operator)
    return found


@dataclass(frozen=True)
class Files:
    """Two files.

    :param folder: where they are.
    :param ending: of both.
    """

    folder: Path
    ending: str

    def write(self, **arguments: Any) -> dict[str, int]:
        """Write both with the operator; give what it returns."""
        operator = OutreachToObjectStorageOperator(
            task_id="results",
            path=str(self.folder / f"outreach{self.ending}"),
            messages_path=str(self.folder / f"outreach_message{self.ending}"),
            **EVERYTHING | arguments,
        )
        found: dict[str, int] = execute(operator)
        return found

    def read(self) -> Tables:
        """Read both; a file that is not there has no rows."""
        return (
            by_key(self._rows("outreach"), "outreach_key"),
            by_key(self._rows("outreach_message"), "message_sid"),
        )

    def _rows(self, name: str) -> list[dict[str, Any]]:
        file = self.folder / f"{name}{self.ending}"
        rows = READERS[self.ending](file) if file.exists() else []
        return [{name: moment(name, value) for name, value in row.items()} for row in rows]


def _json_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


READERS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    ".parquet": lambda file: pyarrow.parquet.read_table(file).to_pylist(),
    ".jsonl": _json_lines,
}


def by_key(rows: list[dict[str, Any]], key: str) -> dict[str, dict[str, Any]]:
    """Give rows by their primary key, which no two may share."""
    found = {row[key]: row for row in rows}
    assert len(found) == len(rows)
    return found


def moment(name: str, value: Any) -> Any:
    """Give an aware moment in UTC for what a column of moments holds, whatever wrote it."""
    if not name.endswith("_at") or value is None:
        return value
    found = datetime.fromisoformat(value) if isinstance(value, str) else value  # SQLite has no moments
    return found.replace(tzinfo=found.tzinfo or timezone.utc).astimezone(timezone.utc)


def compare(written: Tables, story: Story) -> None:
    """Compare each value of each row with what the sandbox holds."""
    for table, expected in zip(written, held.rows(story), strict=True):
        assert table.keys() == expected.keys(), (
            f"{len(table)} rows, and not the {len(expected)} that there are"
        )
        different = [
            f"{key} {name}: {table[key].get(name)!r}, and not {value!r}"
            for key, row in expected.items()
            for name, value in row.items()
            if table[key].get(name) != value
        ]
        different += [
            f"{key} has other columns" for key, row in expected.items() if row.keys() != table[key].keys()
        ]
        assert not different, f"{len(different)} differ:\n" + "\n".join(different[:30])
