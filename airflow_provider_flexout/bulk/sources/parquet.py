"""Rows of a Parquet file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow_provider_flexout.bulk.sources.row import BrokenRow, FileRows, Header, Row
from airflow_provider_flexout.connection.lineage import report_read
from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import ObjectStoragePath
    from pyarrow.parquet import ParquetFile

_PIECE = 1_000
"""Rows read at a time."""


class ParquetRows(FileRows):
    """Rows of a Parquet file, read by pyarrow."""

    def __init__(self, file: ObjectStoragePath, part: range) -> None:
        super().__init__(file, part)
        self._length = 0

    def __iter__(self) -> Iterator[Header | Row | BrokenRow]:
        """Give the header, then one row after the other, counted from 1.

        :raises InvalidInput: when it cannot be read, or pyarrow is not installed.
        """
        with self._table() as table:
            self._length = self._in_part(table)
            yield Header(table.schema_arrow.names)
            for batch in table.iter_batches(batch_size=_PIECE):
                for values in batch.to_pylist():
                    self._row += 1
                    if self._row >= self._part.stop:
                        return
                    if self._row >= self._part.start:
                        yield Row(self._row, values)

    def count(self) -> int:
        """Say how many rows this part has; only the end of the file is read."""
        with self._table() as table:
            return self._in_part(table)

    def share(self) -> float | None:
        """Say what share has been read."""
        return self._share_of(self._length)

    def _in_part(self, table: ParquetFile) -> int:
        return len(range(self._part.start, min(self._part.stop, table.metadata.num_rows + 1)))

    @contextmanager
    def _table(self) -> Iterator[ParquetFile]:
        try:
            from pyarrow import ArrowInvalid
            from pyarrow.parquet import ParquetFile
        except ImportError as error:
            raise InvalidInput(
                "contacts", "reading Parquet needs pyarrow: pip install 'airflow-provider-flexout[parquet]'."
            ) from error
        report_read(self._file)
        with self._file.open("rb") as raw:  # type: ignore[no-untyped-call]
            try:
                table = ParquetFile(raw)
            except ArrowInvalid as error:
                raise InvalidInput("contacts", f"{self._file.name} is not a Parquet file: {error}") from error
            yield table
