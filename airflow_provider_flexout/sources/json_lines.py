"""Rows of a file with one JSON object to a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.bulk.rows import BrokenRow, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import ObjectStoragePath


class JsonLineRows:
    """Rows of a file with one JSON object to a line.

    :param file: the file.
    :param part: the rows that are meant, counted from 1.
    """

    def __init__(self, file: ObjectStoragePath, part: range) -> None:
        self._file = file
        self._part = part
        self._read = 0

    def __iter__(self) -> Iterator[Row | BrokenRow]:
        """Give one row after the other, with its line; empty lines are passed over."""
        rows = 0
        with self._file.open("rb") as raw:  # type: ignore[no-untyped-call]
            for number, line in enumerate(raw, start=1):
                self._read += len(line)
                if not line.strip():
                    continue
                rows += 1
                if rows >= self._part.stop:
                    return
                if rows in self._part:
                    yield _parsed(number, line)

    def share(self) -> float | None:
        """Say what share has been read."""
        length = self._file.stat().st_size
        return self._read / length if length else None


def _parsed(number: int, line: bytes) -> Row | BrokenRow:
    try:
        values = json.loads(line)
    except ValueError as error:  # also a UnicodeDecodeError
        problem = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "is not JSON"
        return BrokenRow(number, problem)
    if not isinstance(values, dict):
        return BrokenRow(number, f"is a {type(values).__name__}, not an object of columns")
    return Row(number, values)
