"""Rows of a CSV file with a header."""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from airflow_provider_flexout.bulk.sources.lines import NUL, LineFile
from airflow_provider_flexout.bulk.sources.row import BrokenRow, Header, Row
from airflow_provider_flexout.connection.lineage import report_read
from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from airflow.sdk import ObjectStoragePath

_LONGEST = 100
"""How many lines a quoted value may span, so that an open quote does not take the rest of the file."""


class DelimitedRows(LineFile):
    """Rows of a CSV file in UTF-8; a line that is wrong breaks its own row only.

    :param file: the file.
    :param delimiter: the character between two values.
    :param part: the numbers of the rows to read, from 1, without the header.
    """

    def __init__(self, file: ObjectStoragePath, delimiter: str, part: range) -> None:
        super().__init__(file, part)
        self._delimiter = delimiter

    def __iter__(self) -> Iterator[Header | Row | BrokenRow]:
        """Give the header, then one row after the other, with the line on which it begins.

        :raises InvalidInput: when there is no header, or it cannot be read.
        """
        report_read(self._file)
        with self._file.open("rb") as raw:  # type: ignore[no-untyped-call]
            lines = _Ahead(self._lines(raw))
            header = next(self._read_rows(lines, None), None)
            if not isinstance(header, tuple):
                problem = header.problem if header else "there is none, the file is empty"
                raise InvalidInput("contacts", f"the header of {self._file.name}: {problem}.")
            names = [name.strip() for name in header[1]]
            yield Header(names)
            for row in self._read_rows(lines, len(names)):
                yield (
                    row if isinstance(row, BrokenRow) else Row(row[0], dict(zip(names, row[1], strict=True)))
                )

    def _lines(self, raw: BinaryIO) -> Iterator[_Line]:
        """Give each line with its number; ``None`` for one that is not UTF-8."""
        for number, line in self._numbered(raw):
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                yield number, None

    def _read_rows(self, lines: _Ahead, columns: int | None) -> Iterator[tuple[int, list[str]] | BrokenRow]:
        """Give the rows of this part; without a number of columns, give the header."""
        part = range(1, 2) if columns is None else self._part
        count = 0
        for number, text in lines:
            if text is not None and not text.strip():
                continue
            self._row = count = count + 1
            if count >= part.stop:
                return
            taken = lines.until_closed(text)
            if count not in part and not taken:
                continue
            row = self._parsed(number, text, taken, columns)
            if isinstance(row, BrokenRow):
                lines.put_back(taken)
            if count in part:
                yield row

    def _parsed(
        self, number: int, text: str | None, taken: list[_Line], columns: int | None
    ) -> tuple[int, list[str]] | BrokenRow:
        if text is None:
            return BrokenRow(number, "is not UTF-8")
        whole = "".join([text, *(line or "" for _, line in taken)])
        if "\0" in whole:
            return BrokenRow(number, NUL)
        if whole.count('"') % 2:
            return BrokenRow(number, "a quote is not closed")
        try:
            (values,) = csv.reader([whole], delimiter=self._delimiter, strict=True)
        except (csv.Error, ValueError) as error:
            return BrokenRow(number, f"cannot be read as CSV: {error}")
        if columns not in (None, len(values)):
            return BrokenRow(number, f"has {len(values)} values, the header has {columns}")
        return number, values


_Line: TypeAlias = tuple[int, str | None]
"""Its number and its text, which is ``None`` where it is not UTF-8."""


class _Ahead:
    """Lines that can be put back.

    :param lines: as they come.
    """

    def __init__(self, lines: Iterable[_Line]) -> None:
        self._lines = iter(lines)
        self._back: deque[_Line] = deque()

    def __iter__(self) -> Iterator[_Line]:
        return self

    def __next__(self) -> _Line:
        return self._back.popleft() if self._back else next(self._lines)

    def until_closed(self, text: str | None) -> list[_Line]:
        """Take the further lines of a quoted value; none where the quote is never closed."""
        quotes, taken = (text or "").count('"'), list[_Line]()
        while quotes % 2:
            following = next(self, None) if len(taken) < _LONGEST else None
            if following is not None:
                taken.append(following)
            if following is None or following[1] is None:
                self.put_back(taken)
                return []
            quotes += following[1].count('"')
        return taken

    def put_back(self, taken: list[_Line]) -> None:
        """Put lines back that turned out not to belong to a quoted value."""
        self._back.extendleft(reversed(taken))
