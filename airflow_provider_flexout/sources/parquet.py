"""Rows of a Parquet file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.bulk.rows import BrokenRow, Row
from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import ObjectStoragePath

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

    def __iter__(self) -> Iterator[Row | BrokenRow]:
        """Give one row after the other, counted from 1.

        :raises InvalidInput: when it cannot be read, or pyarrow is not installed.
        """
        try:
            import pyarrow as pa
        except ImportError as error:
            raise InvalidInput("contacts", "reading Parquet needs pyarrow: pip install pyarrow.") from error
        with self._file.open("rb") as raw:  # type: ignore[no-untyped-call]
            try:
                table = pa.parquet.ParquetFile(raw)
            except pa.ArrowInvalid as error:
                raise InvalidInput("contacts", f"{self._file.name} is not a Parquet file: {error}") from error
            self._length = table.metadata.num_rows
            for batch in table.iter_batches(batch_size=_PIECE):
                for values in batch.to_pylist():
                    self._read += 1
                    if self._read >= self._part.stop:
                        return
                    if self._read in self._part:
                        yield Row(self._read, values)

    def share(self) -> float | None:
        """Say what share has been read."""
        return self._read / self._length if self._length else None
