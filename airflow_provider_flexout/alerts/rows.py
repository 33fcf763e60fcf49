"""Where the rows come from that say who is affected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.alerts.model import Alert
    from airflow_provider_flexout.outreach.bulk.rows import BrokenRow, Header, Row


@dataclass(frozen=True, slots=True)
class FailingRows:
    """The rows that failed: those that are in the alert, else those that its queries give.

    :param conn_id: the Airflow connection that the queries are for, where the alert has queries.
    """

    conn_id: str | None = None


People: TypeAlias = Mapping[str, Any] | str | FailingRows | Callable[["Alert"], Iterable[Mapping[str, Any]]]


def read_rows(people: People, alert: Alert) -> Iterable[Any]:
    """Read the rows from wherever they come.

    :param people: a query, ``{"conn_id": …, "sql": …}``, by any database hook, with ``parameters`` where it
        has some; the path of a file, as ``BulkOutreachOperator`` takes it; :class:`FailingRows`; or a
        function that is given the alert.
    :param alert: the alert.
    :raises InvalidInput: when it is none of these, or the alert does not say which rows failed.
    """
    from airflow_provider_flexout.sources.rows import rows_of

    if isinstance(people, FailingRows):
        return _failing(alert, people.conn_id)
    if callable(people):
        return people(alert)
    return _values(rows_of(people))


def _failing(alert: Alert, conn_id: str | None) -> Iterator[Any]:
    from airflow_provider_flexout.outreach.errors import InvalidInput
    from airflow_provider_flexout.sources.query import QueryRows

    records = alert.records
    queries = [failure.query for failure in alert.failures if failure.query and not failure.records]
    if queries and conn_id is None and not records:
        raise InvalidInput("people", "the alert has queries; pass FailingRows(conn_id=…) to run them.")
    if not records and not queries:
        raise InvalidInput(
            "people",
            f"the alert {alert.name!r} says neither which rows failed nor by which query to find them; "
            "pass a query, or let the tool tell (docs/alerts.md says how).",
        )
    found = (_values(QueryRows(conn_id, query)) for query in queries) if conn_id else ()
    return chain(records, chain.from_iterable(found))


def _values(rows: Iterable[Header | Row | BrokenRow]) -> Iterator[Any]:
    """Give the columns of each row; a broken one stays what it is, and is told of."""
    from airflow_provider_flexout.outreach.bulk.rows import Header

    return (getattr(row, "values", row) for row in rows if not isinstance(row, Header))
