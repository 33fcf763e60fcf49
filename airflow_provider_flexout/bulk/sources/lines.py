"""Files that are read line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from airflow.sdk import ObjectStoragePath

ENDLESS = 2**62
"""In place of the last row, where none is named."""
NUL = "holds a NUL byte, as UTF-16 does"
"""A problem of a line; Python 3.10 cannot read it as CSV, and later ones take it for a value's."""


class LineFile:
    """A file of lines, of which a part is meant.

    :param file: the file.
    :param part: the rows that are meant, counted from 1.
    """

    def __init__(self, file: ObjectStoragePath, part: range) -> None:
        self._file = file
        self._part = part
        self._bytes = 0
        self._row = 0

    def __str__(self) -> str:
        """Name it, for people."""
        return str(self._file.name)

    def share(self) -> float | None:
        """Say what share of the part has been read."""
        if self._part.stop < ENDLESS:
            return min(1.0, max(0, self._row - self._part.start + 1) / len(self._part))
        length = self._file.stat().st_size
        return self._bytes / length if length else None

    def _numbered(self, raw: BinaryIO) -> Iterator[tuple[int, bytes]]:
        """Give each line with its number."""
        for number, line in enumerate(raw, start=1):
            self._bytes += len(line)
            yield number, line
