"""Rows that are there already, such as an XCom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from airflow_provider_flexout.bulk.sources.row import BrokenRow, Row


class ListedRows:
    """Rows of a list.

    :param rows: objects; anything else in it is a broken row.
    """

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows
        self._read = 0

    def __iter__(self) -> Iterator[Row | BrokenRow]:
        """Give one row after the other, counted from 1."""
        for number, values in enumerate(self._rows, start=1):
            self._read = number
            if isinstance(values, Mapping):
                yield Row(number, values)
            else:
                yield BrokenRow(number, f"{type(values).__name__} is not an object of columns")

    def __str__(self) -> str:
        """Name it, for people."""
        return "the list"

    def share(self) -> float | None:
        """Say what share has been read."""
        return self._read / len(self._rows) if len(self._rows) else None
