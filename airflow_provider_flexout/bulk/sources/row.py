"""Rows as they come from a list, a query or a file, the broken ones among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A row that could be read.

    :param line: its place: the line of a file, else the number of the row, from 1.
    :param values: by column.
    """

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not.

    :param line: its place.
    :param problem: what is wrong with it, without its content.
    """

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Header:
    """The columns that all rows have; comes before them, where there is such a thing.

    :param names: as they are in the file or query.
    """

    names: Sequence[str]


class Rows(Protocol):
    """Where contacts come from. Read once, in pieces, and never whole in memory."""

    def __iter__(self) -> Iterator[Header | Row | BrokenRow]:
        """Give the header, where there is one, then one row after the other."""
        ...

    def __str__(self) -> str:
        """Name it, for people."""
        ...

    def share(self) -> float | None:
        """Say what share of it has been read, 0 to 1; ``None`` where nobody knows."""
        ...
