"""Rows of a Parquet file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow_provider_flexout.bulk.sources.row import BrokenRow, Header, Row
from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import ObjectStoragePath
    from pyarrow.parquet import ParquetFile

_PIECE = 1_000
"""Rows read at a time."""


class ParquetRows:
    """Rows of a Parquet file, read by pyarrow.

    :param file: the file.
    :param part: the rows that are meant, counted from 1.
    """

    def __init__(self, file: ObjectStoragePath, part: range) -> None:
        self._file = file
        self._part = part
        self._read, self._length = 0, 0

    def __iter__(self) -> Iterator[Header | Row | BrokenRow]:
        """Give the header, then one row after the other, counted from 1.

        :raises InvalidInput: when it cannot be read, or pyarrow is not installed.
        """
        with self._table() as table:
            self._length = self._in_part(table)
            yield Header(table.schema_arrow.names)
            for batch in table.iter_batches(batch_size=_PIECE):
                for values in batch.to_pylist():
                    self._read += 1
                    if self._read >= self._part.stop:
                        return
                    if self._read >= self._part.start:
                        yield Row(self._read, values)

    def count(self) -> int:
        """Say how many rows this part has; only the end of the file is read."""
        with self._table() as table:
            return self._in_part(table)

    def __str__(self) -> str:
        """Name it, for people."""
        return str(self._file.name)

    def share(self) -> float | None:
        """Say what share has been read."""
        read = max(0, self._read - self._part.start + 1)
        return min(1.0, read / self._length) if self._length else None

    def _in_part(self, table: ParquetFile) -> int:
        return len(range(self._part.start, min(self._part.stop, table.metadata.num_rows + 1)))

    @contextmanager
    def _table(self) -> Iterator[ParquetFile]:
        try:
            from pyarrow import ArrowInvalid
            from pyarrow.parquet import ParquetFile
        except ImportError as error:
            raise InvalidInput("contacts", "reading Parquet needs pyarrow: pip install pyarrow.") from error
        with self._file.open("rb") as raw:  # type: ignore[no-untyped-call]
            try:
                table = ParquetFile(raw)
            except ArrowInvalid as error:
                raise InvalidInput("contacts", f"{self._file.name} is not a Parquet file: {error}") from error
            yield table
