"""Rows of a list, a query or a file, with those that cannot be read among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from airflow.sdk import ObjectStoragePath


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A row that could be read.

    :param line: the line in the file, or the number of the row, from 1.
    :param values: the values, by column.
    """

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not be read.

    :param line: the line in the file, or the number of the row, from 1.
    :param problem: what is wrong with the row, without its content.
    """

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Header:
    """The columns that all rows have. A file or query has one; it comes before the rows.

    :param names: the names as they are in the file or query.
    """

    names: Sequence[str]


class Rows(Protocol):
    """Rows that are read in pieces, and never held in memory as a whole."""

    def __iter__(self) -> Iterator[Header | Row | BrokenRow]:
        """Give the header, where there is one, then one row after the other."""
        ...

    def __str__(self) -> str:
        """Name the source, for people."""
        ...

    def share(self) -> float | None:
        """Say what share has been read, 0 to 1; ``None`` where that is not known."""
        ...


class FileRows:
    """Rows of a part of a file; a subclass reads them.

    :param file: the file.
    :param part: the rows that are meant, counted from 1 without the header.
    """

    def __init__(self, file: ObjectStoragePath, part: range) -> None:
        self._file = file
        self._part = part
        self._row = 0
        """The number of the row that was read last."""

    def __str__(self) -> str:
        """Name the source, for people."""
        return str(self._file.name)

    def _share_of(self, rows: int) -> float | None:
        """Say what share of so many rows has been read."""
        return min(1.0, max(0, self._row - self._part.start + 1) / rows) if rows else None


def number_rows(rows: Iterable[Any]) -> Iterator[Header | Row | BrokenRow]:
    """Give rows their numbers, from 1; what is not an object of columns is a broken row.

    :param rows: objects, from a list, a function or several queries, with headers among them.
    """
    number = 0
    for row in rows:
        if isinstance(row, Header):
            yield row
            continue
        number += 1
        if isinstance(row, Mapping):
            yield Row(number, row)
        else:
            yield BrokenRow(number, f"is a {type(row).__name__}, not an object of columns")
