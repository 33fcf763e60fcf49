"""Writing the tables with the operators, and reading them back without them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet

from airflow_provider_flexout.transfers.outreach import (
    OutreachToObjectStorageOperator,
    OutreachToSqlOperator,
)
from tests.system.results import held
from tests.system.results.databases import CONN_ID, Database
from tests.system.results.story import Story, execute

EVERYTHING = {"include_addresses": True, "include_bodies": True, "lookback": "60d"}
Tables = tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]


def to_sql(**arguments: Any) -> dict[str, int]:
    """Write both tables into the database that the connection leads to."""
    operator = OutreachToSqlOperator(
        task_id="results", conn_id=CONN_ID, create_tables=True, **EVERYTHING | arguments
    )
    found: dict[str, int] = execute(operator)
    return found


def to_files(folder: Path, ending: str, **arguments: Any) -> dict[str, int]:
    """Write both tables into files."""
    operator = OutreachToObjectStorageOperator(
        task_id="results",
        path=str(folder / f"outreach{ending}"),
        messages_path=str(folder / f"outreach_message{ending}"),
        **EVERYTHING | arguments,
    )
    found: dict[str, int] = execute(operator)
    return found


def in_database(database: Database) -> Tables:
    """Read both tables; a table that is not there has no rows."""
    there = database.tables()

    def read(table: str, key: str) -> dict[str, dict[str, Any]]:
        if table not in there:
            return {}
        found = database.rows(f"SELECT * FROM {table}")  # noqa: S608 - ours
        rows = {row[key]: row for row in found}
        assert len(rows) == len(found)
        return rows

    return read("outreach", "outreach_key"), read("outreach_message", "message_sid")


def in_files(folder: Path, ending: str) -> Tables:
    """Read both files; a file that is not there has no rows."""

    def read(table: str, key: str) -> dict[str, dict[str, Any]]:
        file = folder / f"{table}{ending}"
        found = READERS[ending](file) if file.exists() else []
        rows = {row[key]: {name: _moment(name, value) for name, value in row.items()} for row in found}
        assert len(rows) == len(found)
        return rows

    return read("outreach", "outreach_key"), read("outreach_message", "message_sid")


def _moment(name: str, value: Any) -> Any:
    if name.endswith("_at") and value is not None:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(timezone.utc)
    return value


def _json_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


READERS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    ".parquet": lambda file: pyarrow.parquet.read_table(file).to_pylist(),
    ".jsonl": _json_lines,
}


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
