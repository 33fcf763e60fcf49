"""Where the rows come from that say who is affected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from airflow.sdk import BaseHook

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.alerts.model import Alert


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of a query, by any connection whose hook speaks SQL.

    :param sql: what gives the affected people; its columns are known by their names.
    :param conn_id: the Airflow connection.
    :param parameters: of the query, as the database's driver takes them.
    """

    sql: str
    conn_id: str
    parameters: Mapping[str, Any] | tuple[Any, ...] | None = None

    def rows(self, alert: Alert) -> list[dict[str, Any]]:
        """Read them.

        :param alert: not needed.
        """
        found: list[dict[str, Any]] = BaseHook.get_hook(self.conn_id).run(
            self.sql, parameters=self.parameters, handler=_named_rows
        )
        return found


@dataclass(frozen=True, slots=True)
class FailingRows:
    """The rows that failed: those that are in the alert, else those that its queries give.

    :param conn_id: the Airflow connection that the queries are for, where the alert has queries.
    """

    conn_id: str | None = None

    def rows(self, alert: Alert) -> list[dict[str, Any]]:
        """Read them, those of all failures.

        :param alert: the alert.
        :raises InvalidInput: when it has neither rows nor a query.
        """
        from airflow_provider_flexout.outreach.errors import InvalidInput

        found = alert.records
        queries = [failure.query for failure in alert.failures if failure.query and not failure.records]
        if queries and self.conn_id is None and not found:
            raise InvalidInput("people", "the alert has queries; pass FailingRows(conn_id=…) to run them.")
        if self.conn_id is not None:
            for query in queries:
                found += Query(query, self.conn_id).rows(alert)
        if not found and not queries:
            raise InvalidInput(
                "people",
                f"the alert {alert.name!r} says neither which rows failed nor by which query to find them; "
                "pass a Query, or let the tool tell (docs/alerts.md says how).",
            )
        return found


Rows: TypeAlias = Query | FailingRows | Callable[["Alert"], Iterable[Mapping[str, Any]]]


def read_rows(people: Rows, alert: Alert) -> Iterable[Mapping[str, Any]]:
    """Read the rows from wherever they come.

    :param people: a query, the failing rows, or a function that is given the alert.
    :param alert: the alert.
    :raises InvalidInput: when it is none of these.
    """
    from airflow_provider_flexout.outreach.errors import InvalidInput

    if isinstance(people, (Query, FailingRows)):
        return people.rows(alert)
    if not callable(people):
        raise InvalidInput("people", "pass a Query, FailingRows, or a function that is given the alert.")
    return people(alert)


def _named_rows(cursor: Any) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
