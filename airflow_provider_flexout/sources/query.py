"""Rows of a query, through any database hook of Airflow's."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from airflow_provider_flexout.outreach.bulk.rows import BrokenRow, Row
from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from airflow.providers.common.sql.hooks.sql import DbApiHook

_PIECE = 1_000
"""Rows fetched at a time."""


class QueryRows:
    """Rows of a query.

    :param conn_id: the database's Airflow connection.
    :param sql: the query.
    :param parameters: its parameters.
    :raises InvalidInput: when the connection has no hook that can run SQL.
    """

    def __init__(
        self, conn_id: str, sql: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> None:
        hook = BaseHook.get_connection(conn_id).get_hook()  # type: ignore[no-untyped-call]
        if not hasattr(hook, "get_cursor"):
            raise InvalidInput("contacts", f"connection {conn_id!r} is not to a database.")
        self._hook: DbApiHook = hook
        self._sql = sql
        self._parameters = parameters

    def __iter__(self) -> Iterator[Row | BrokenRow]:
        """Give one row after the other, counted from 1."""
        with closing(self._hook.get_conn()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(self._sql, *([self._parameters] if self._parameters else []))
            names = [column[0] for column in cursor.description]
            number = 0
            while piece := cursor.fetchmany(_PIECE):
                for values in piece:
                    number += 1
                    yield Row(number, dict(zip(names, values, strict=True)))

    def share(self) -> float | None:
        """Nobody knows how many rows a query has."""
        return None
