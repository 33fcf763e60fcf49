"""Rows of a query, through any database hook of Airflow's.

They are fetched in pieces. Some drivers, such as psycopg2, still keep the whole result in memory, so a large
query should be cut into parts.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from airflow_provider_flexout.bulk.sources.row import BrokenRow, Header, Row
from airflow_provider_flexout.connection.lineage import report_sql
from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from airflow.providers.common.sql.hooks.sql import DbApiHook

_PIECE = 1_000
"""Rows fetched at a time."""


def query_rows(argument: str, query: Mapping[str, Any]) -> QueryRows:
    """Make the rows of a query that a user wrote.

    :param argument: the name of the argument, for the error.
    :param query: ``{"conn_id": …, "sql": …}``, and ``parameters`` where the query has some.
    :raises InvalidInput: when it has other keys, or the connection has no hook that can run SQL.
    """
    check_query(argument, query)
    return QueryRows(**query)


def check_query(argument: str, query: Mapping[str, Any]) -> None:
    """Refuse a query that lacks something, or has more than a query has.

    :param argument: the name of the argument, for the error.
    :param query: what the user wrote.
    :raises InvalidInput: when it has other keys.
    """
    if not {"conn_id", "sql"} <= set(query) <= {"conn_id", "sql", "parameters"}:
        raise InvalidInput(argument, 'write a query as {"conn_id": …, "sql": …, "parameters": …}.')


class QueryRows:
    """Rows of a query.

    :param conn_id: the id of the database's Airflow connection.
    :param sql: the query.
    :param parameters: the parameters of the query.
    :raises InvalidInput: when the connection has no hook that can run SQL.
    """

    def __init__(
        self, conn_id: str, sql: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> None:
        hook = BaseHook.get_connection(conn_id).get_hook()  # type: ignore[no-untyped-call]
        if not hasattr(hook, "get_cursor"):
            raise InvalidInput("conn_id", f"connection {conn_id!r} is not to a database.")
        self._hook: DbApiHook = hook
        self._sql = sql
        self._parameters = parameters

    @property
    def placeholder(self) -> str:
        """The placeholder of a parameter in this database's SQL."""
        return str(self._hook.placeholder)

    def __iter__(self) -> Iterator[Header | Row | BrokenRow]:
        """Give the header, then one row after the other, counted from 1."""
        with closing(self._hook.get_conn()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(self._sql, *([self._parameters] if self._parameters else []))
            report_sql(self._hook, self._sql)
            names = [column[0] for column in cursor.description]
            yield Header(names)
            number = 0
            while piece := cursor.fetchmany(_PIECE):
                for values in piece:
                    number += 1
                    yield Row(number, dict(zip(names, values, strict=True)))

    def __str__(self) -> str:
        """Name the source, for people."""
        return "the query"

    def share(self) -> float | None:
        """Give ``None``, since the number of rows of a query is not known."""
        return None
