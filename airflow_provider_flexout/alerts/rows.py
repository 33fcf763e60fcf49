"""The sources of the rows that name the people an alert affects."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from airflow_provider_flexout.alerts.alert import Alert
    from airflow_provider_flexout.bulk.sources.row import BrokenRow, Header, Row

log = logging.getLogger(__name__)

_LET_IT_TELL = "pass a query, or let the tool name the rows (docs/alerts.md says how)."


@dataclass(frozen=True, slots=True)
class FailingRows:
    """The rows that failed: the alert's records where it has all of them, otherwise the rows of its queries.

    :param conn_id: the id of the Airflow connection to run the alert's queries, where it has some.
    """

    conn_id: str | None = None


People: TypeAlias = (
    Mapping[str, Any]
    | str
    | Sequence[Mapping[str, Any]]
    | FailingRows
    | Callable[["Alert"], Iterable[Mapping[str, Any]]]
)


def read_rows(people: People, alert: Alert) -> Iterator[Header | Row | BrokenRow]:
    """Read the rows from their source.

    :param people: a query, ``{"conn_id": …, "sql": …}``, through any database hook, with ``parameters`` where
        it has some; the path of a file, as ``BulkOutreachOperator`` takes it; a list of objects;
        :class:`FailingRows`; or a function that takes the alert and returns rows.
    :param alert: the alert.
    :raises InvalidInput: when it is not one of these, or the alert does not say which rows failed.
    """
    from airflow_provider_flexout.bulk.sources.open import rows_of
    from airflow_provider_flexout.bulk.sources.row import number_rows

    if isinstance(people, FailingRows):
        yield from _failing(alert, people.conn_id)
    elif callable(people):
        yield from number_rows(people(alert))
    else:
        with _called_people():
            yield from rows_of(people)


def _failing(alert: Alert, conn_id: str | None) -> Iterator[Header | Row | BrokenRow]:
    from airflow_provider_flexout.bulk.sources.row import Row, number_rows
    from airflow_provider_flexout.bulk.sources.sql import QueryRows
    from airflow_provider_flexout.outreach.errors import InvalidInput

    named = [failure for failure in alert.failures if failure.names_all]
    queries = [failure.query for failure in alert.failures if failure.query and not failure.names_all]
    for failure in alert.failures:
        if failure.records and not failure.names_all and not failure.query:
            count = f"{len(failure.records)} of the {failure.failed_rows} rows that failed {failure.check}"
            raise InvalidInput(
                "people", f"the alert {alert.name!r} names {count}, and no query for all; {_LET_IT_TELL}"
            )
        if not failure.records and not failure.query:
            log.warning("%s does not say which rows failed, so nobody is found by this check.", failure.check)
    if queries and conn_id is None:
        raise InvalidInput("people", "the alert has queries; pass FailingRows(conn_id=…) to run them.")
    if not named and not queries:
        raise InvalidInput(
            "people",
            f"the alert {alert.name!r} says neither which rows failed nor how to query them; " + _LET_IT_TELL,
        )
    records = dataclasses.replace(alert, failures=tuple(named)).records if named else []
    found = chain.from_iterable(QueryRows(str(conn_id), query) for query in queries)
    return number_rows(chain(records, (row.values if isinstance(row, Row) else row for row in found)))


@contextmanager
def _called_people() -> Iterator[None]:
    """Let errors name the argument ``people``, which the readers call ``contacts``."""
    from airflow_provider_flexout.outreach.errors import InvalidInput

    try:
        yield
    except InvalidInput as error:
        if error.argument != "contacts":
            raise
        raise InvalidInput("people", error.problem) from error
