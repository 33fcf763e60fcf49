"""The rows of the journal: requests as they were written down."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from airflow_provider_flexout.sandbox.wire.http import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["UNREADABLE", "WrittenRequest", "count_readable", "rows"]

UNREADABLE: Final = (
    *(sqlite3.DatabaseError, ValueError, TypeError, AttributeError, OverflowError),
    RecursionError,
)
"""What reading a damaged row may raise."""


class WrittenRequest(NamedTuple):
    """A request as it was written down."""

    number: int
    wall: float
    at: float
    frozen: bool
    speed: float
    request: HttpRequest
    status: int | None
    sid: str | None


def rows(database: sqlite3.Connection, after: int) -> Generator[WrittenRequest, None, None]:
    """Read the requests of a journal, in order.

    :param database: the journal's file.
    :param after: the number of the last request that is known already.
    :raises Exception: one of :data:`UNREADABLE`, where the file is damaged.
    """
    done = after
    with closing(database.cursor()) as cursor:
        for row in cursor.execute("SELECT * FROM requests WHERE n > ? ORDER BY n", (after,)):
            written = _read(row, done + 1)
            yield written
            done = written.number


def count_readable(database: sqlite3.Connection) -> int:
    """Count the requests before the first one that cannot be read.

    :param database: the journal's file.
    """
    count = 0
    try:
        for row in rows(database, 0):
            count = row.number
    except UNREADABLE:
        pass
    return count


def _read(row: tuple[Any, ...], expected: int) -> WrittenRequest:
    number, wall, at, frozen, speed, method, path, query, headers, body, scheme, status, sid = row
    if number != expected:
        raise ValueError(f"request {expected} is missing")
    texts = (method, path, query, headers, scheme)
    named = sid is None or (isinstance(sid, str) and sid.isalnum())
    if not named or not all(isinstance(each, str) for each in texts) or not isinstance(body, bytes):
        raise ValueError(f"request {number} can't be read")
    request = HttpRequest(method, path, query, json.loads(headers), body, scheme)
    moments = (float(wall), float(at), bool(frozen), float(speed))
    return WrittenRequest(number, *moments, request, None if status is None else int(status), sid)
