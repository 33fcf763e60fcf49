"""Rows of a file with one JSON object to a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from airflow_provider_flexout.bulk.sources.lines import NUL, LineFile
from airflow_provider_flexout.bulk.sources.row import BrokenRow, Row

if TYPE_CHECKING:
    from collections.abc import Iterator


class JsonLineRows(LineFile):
    """Rows of a file with one JSON object to a line."""

    def __iter__(self) -> Iterator[Row | BrokenRow]:
        """Give one row after the other, with its line; empty lines are passed over."""
        with self._file.open("rb") as raw:  # type: ignore[no-untyped-call]
            for number, line in self._numbered(raw):
                if not line.strip():
                    continue
                self._row += 1
                if self._row >= self._part.stop:
                    return
                if self._row in self._part:
                    yield _parsed(number, line)


def _parsed(number: int, line: bytes) -> Row | BrokenRow:
    try:
        values = json.loads(line)
    except ValueError as error:  # also a UnicodeDecodeError
        problem = NUL if b"\0" in line else "is not JSON"
        problem = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else problem
        return BrokenRow(number, problem)
    if not isinstance(values, dict):
        return BrokenRow(number, f"is a {type(values).__name__}, not an object of columns")
    return Row(number, values)
