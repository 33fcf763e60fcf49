"""Files that are read line by line: JSON lines, and what CSV shares with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from airflow_provider_flexout.bulk.sources.row import BrokenRow, FileRows, Row
from airflow_provider_flexout.connection.lineage import report_read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from airflow.sdk import ObjectStoragePath

ENDLESS = 2**62
"""In place of the last row, where none is named."""
NUL = "holds a NUL byte, as UTF-16 does"
"""A line's problem; Python 3.10 cannot read the byte in CSV, and later versions take it into a value."""


class LineFile(FileRows):
    """A file of lines, of which a part is meant."""

    def __init__(self, file: ObjectStoragePath, part: range) -> None:
        super().__init__(file, part)
        self._bytes = 0

    def share(self) -> float | None:
        """Say what share of the part has been read."""
        if self._part.stop < ENDLESS:
            return self._share_of(len(self._part))
        length = self._file.stat().st_size
        return self._bytes / length if length else None

    def _numbered(self, raw: BinaryIO) -> Iterator[tuple[int, bytes]]:
        """Give each line with its number."""
        # Airflow 3.1.3 hands out a file over which nothing can iterate.
        for number, line in enumerate(iter(raw.readline, b""), start=1):
            self._bytes += len(line)
            yield number, line


class JsonLineRows(LineFile):
    """Rows of a file with one JSON object to a line."""

    def __iter__(self) -> Iterator[Row | BrokenRow]:
        """Give one row after the other, with its line; empty lines are passed over."""
        report_read(self._file)
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
