"""Rows on this worker's disk, between Twilio and the table.

Reading takes minutes and writing takes seconds. With all rows at hand, they are written in one transaction,
and the memory that is used does not depend on how many there are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.results.rows import (
    ADDRESS,
    BODY,
    OUTREACH_KEY,
    OutreachMessageRow,
    OutreachRow,
    columns_of,
    opt_out_of,
    values_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from airflow_provider_flexout.outreach.results.read import OutreachResult
    from airflow_provider_flexout.outreach.results.rows import Column, OptOutRow

PIECE = 200
"""Outreaches that are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class TableColumns:
    """The columns of the two tables.

    :param outreach: of the table with a row for each outreach.
    :param message: of the table with a row for each message.
    """

    outreach: tuple[Column, ...]
    message: tuple[Column, ...]

    @classmethod
    def chosen(cls, *, include_addresses: bool = False, include_bodies: bool = False) -> TableColumns:
        """List the columns that are written.

        :param include_addresses: whether the addresses of people are among them.
        :param include_bodies: whether the texts of messages are.
        """
        return cls(
            columns_of(OutreachRow, () if include_addresses else (ADDRESS,)),
            columns_of(OutreachMessageRow, () if include_bodies else (BODY,)),
        )


@dataclass(slots=True)
class Piece:
    """Some outreaches with their messages, each as its values by column."""

    outreaches: list[dict[str, Any]]
    messages: list[dict[str, Any]]


class Spool:
    """Rows in a file without a name, which is gone when it is closed, or its process dies.

    An outreach that comes twice, since Twilio's list has moved while it was read, is kept once.

    :param columns: those that are kept.
    """

    def __init__(self, columns: TableColumns) -> None:
        self.columns = columns
        self.outreaches = 0
        self.messages = 0
        self.opt_outs: dict[str, OptOutRow] = {}
        self._known: set[str] = set()
        self._replaced: dict[str, OutreachRow] = {}
        self._file: IO[str] = TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115

    def __enter__(self) -> Spool:
        """Keep the file until the block ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Remove the file."""
        self._file.close()

    def add(self, result: OutreachResult) -> None:
        """Keep an outreach with its messages.

        :param result: what became of it.
        """
        key = result.row.outreach_key
        if key in self._known:
            return
        self._known.add(key)
        self.outreaches += 1
        self.messages += len(result.messages)
        self._note_opt_out(opt_out_of(result.row))
        line = [
            _written(result.row, self.columns.outreach),
            [_written(one, self.columns.message) for one in result.messages],
        ]
        self._file.write(json.dumps(line) + "\n")

    def _note_opt_out(self, found: OptOutRow | None) -> None:
        """Keep the last one of each address. They are few, and each address is written once."""
        if found is None:
            return
        known = self.opt_outs.get(found.address)
        if known is None or known.opted_out_at < found.opted_out_at:
            self.opt_outs[found.address] = found

    def replace(self, row: OutreachRow) -> None:
        """Take another row for an outreach that was kept.

        :param row: the row.
        """
        self._replaced[row.outreach_key] = row

    def __iter__(self) -> Iterator[Piece]:
        """Give everything that was kept, in pieces."""
        self._file.flush()
        self._file.seek(0)
        piece = Piece([], [])
        for line in self._file:
            outreach, messages = json.loads(line)
            read = _read(outreach, self.columns.outreach)
            replaced = self._replaced.get(read[OUTREACH_KEY])
            piece.outreaches.append(values_of(replaced, self.columns.outreach) if replaced else read)
            piece.messages += [_read(one, self.columns.message) for one in messages]
            if len(piece.outreaches) == PIECE:
                yield piece
                piece = Piece([], [])
        if piece.outreaches:
            yield piece


def keys_of(piece: Piece) -> list[str]:
    """List the keys of a piece's outreaches.

    :param piece: the piece.
    """
    return [one[OUTREACH_KEY] for one in piece.outreaches]


def _written(row: object, columns: Iterable[Column]) -> list[Any]:
    values = (getattr(row, one.name) for one in columns)
    return [one.astimezone(timezone.utc).isoformat() if isinstance(one, datetime) else one for one in values]


def _read(values: list[Any], columns: Iterable[Column]) -> dict[str, Any]:
    return {
        column.name: datetime.fromisoformat(value) if value and column.type is datetime else value
        for column, value in zip(columns, values, strict=True)
    }
