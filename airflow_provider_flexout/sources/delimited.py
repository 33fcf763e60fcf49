"""Rows of a CSV file with a header."""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.bulk.rows import BrokenRow, Row
from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from airflow.sdk import ObjectStoragePath

_LONGEST = 100
"""Lines over which a quoted value may go; an open quote must not swallow the rest of the file."""


class DelimitedRows:
    """Rows of a CSV file in UTF-8; what is wrong with a line breaks that row only.

    :param file: the file.
    :param delimiter: what stands between two values.
    :param part: the rows that are meant, counted from 1 without the header.
    """

    def __init__(self, file: ObjectStoragePath, delimiter: str, part: range) -> None:
        self._file = file
        self._delimiter = delimiter
        self._part = part
        self._read = 0

    def __iter__(self) -> Iterator[Row | BrokenRow]:
        """Give one row after the other, with the line on which it begins.

        :raises InvalidInput: when the header cannot be read.
        """
        with self._file.open("rb") as raw:  # type: ignore[no-untyped-call]
            rows = self._rows(self._lines(raw))
            header = next(rows, None)
            if header is None:
                return
            if isinstance(header, BrokenRow):
                raise InvalidInput("contacts", f"the header of {self._file.name}: {header.problem}.")
            _, names = header
            for number, row in enumerate(rows, start=1):
                if number >= self._part.stop:
                    return
                if number in self._part:
                    yield row if isinstance(row, BrokenRow) else _named(*row, names)

    def share(self) -> float | None:
        """Say what share has been read."""
        length = self._file.stat().st_size
        return self._read / length if length else None

    def _lines(self, raw: Iterable[bytes]) -> Iterator[tuple[int, str | None]]:
        """Give each line with its number; ``None`` for one that is not UTF-8."""
        for number, line in enumerate(raw, start=1):
            self._read += len(line)
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                yield number, None

    def _rows(self, lines: Iterable[tuple[int, str | None]]) -> Iterator[tuple[int, list[str]] | BrokenRow]:
        ahead = _Ahead(lines)
        for number, text in ahead:
            whole = ahead.closed(text)
            if text is None:
                yield BrokenRow(number, "is not UTF-8")
            elif whole is None:
                yield BrokenRow(number, "a quote is not closed")
            elif whole.strip():
                yield self._parsed(number, whole)

    def _parsed(self, number: int, text: str) -> tuple[int, list[str]] | BrokenRow:
        try:
            (values,) = csv.reader([text], delimiter=self._delimiter, strict=True)
        except (csv.Error, ValueError) as error:
            return BrokenRow(number, f"cannot be read as CSV: {error}")
        return number, values


class _Ahead:
    """Lines that can be put back."""

    def __init__(self, lines: Iterable[tuple[int, str | None]]) -> None:
        self._lines = iter(lines)
        self._back: deque[tuple[int, str | None]] = deque()

    def __iter__(self) -> Iterator[tuple[int, str | None]]:
        return self

    def __next__(self) -> tuple[int, str | None]:
        return self._back.popleft() if self._back else next(self._lines)

    def closed(self, text: str | None) -> str | None:
        """Take the lines that a quoted value goes on over; ``None``, and none taken, where it never ends."""
        taken: list[tuple[int, str | None]] = []
        while text is not None and text.count('"') % 2:
            following = next(self, None) if len(taken) < _LONGEST else None
            if following is not None:
                taken.append(following)
            if following is None or following[1] is None:
                self._back.extendleft(reversed(taken))
                return None
            text += following[1]
        return text


def _named(number: int, values: list[str], names: list[str]) -> Row | BrokenRow:
    if len(values) != len(names):
        return BrokenRow(number, f"has {len(values)} values, the header has {len(names)}")
    return Row(number, dict(zip(names, values, strict=True)))
