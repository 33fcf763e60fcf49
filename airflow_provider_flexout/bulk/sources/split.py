"""Cutting a list, a file or a query into parts, one for each mapped task of a campaign.

DAG files import this module, so it imports the readers where they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from airflow_provider_flexout.bulk.sources.row import Rows
    from airflow_provider_flexout.bulk.sources.sql import QueryRows


def parts_of(contacts: Any, *, size: int = 10_000, key: str | None = None) -> list[Any]:
    """Cut contacts into parts, for ``BulkOutreachOperator.partial(…).expand(contacts=parts)``.

    A list is cut into lists. A file is read once, to count its rows; a part holds the numbers of its first
    and last row. A query is cut by its key: a part is a query for the rows between two values of the key.

    :param contacts: as for ``BulkOutreachOperator``.
    :param size: how many contacts a part has; the last part may have fewer.
    :param key: the column by which a query is cut: never null, numbers or text, best with an index.
    :returns: a list of values for ``contacts``; empty where there are no contacts.
    :raises InvalidInput: when something cannot be read, or a query comes without a key.
    """
    from airflow_provider_flexout.bulk.sources.open import ListedRows, rows_of
    from airflow_provider_flexout.bulk.sources.sql import QueryRows
    from airflow_provider_flexout.outreach.errors import InvalidInput

    if size < 1:
        raise InvalidInput("size", f"{size} is not a number of contacts.")
    rows = rows_of(contacts)
    if isinstance(rows, ListedRows):
        return [list(contacts[first : first + size]) for first in range(0, len(contacts), size)]
    if isinstance(rows, QueryRows):
        return _parts_of_query(contacts, size, key)
    given = {"path": contacts} if isinstance(contacts, str) else dict(contacts)
    first, count = int(given.get("first", 1)), _count(rows)
    return [
        given | {"first": begin, "last": min(begin + size, first + count) - 1}
        for begin in range(first, first + count, size)
    ]


def _count(rows: Rows) -> int:
    from airflow_provider_flexout.bulk.sources.parquet import ParquetRows
    from airflow_provider_flexout.bulk.sources.row import Header

    if isinstance(rows, ParquetRows):
        return rows.count()
    return sum(not isinstance(row, Header) for row in rows)


def _parts_of_query(query: Mapping[str, Any], size: int, key: str | None) -> list[dict[str, Any]]:
    from airflow_provider_flexout.bulk.sources.sql import QueryRows
    from airflow_provider_flexout.outreach.errors import InvalidInput
    from airflow_provider_flexout.twilio.http.redaction import masked_repr

    if not key:
        raise InvalidInput("key", "missing; name the column by which the query is cut.")
    if not key.isidentifier():
        raise InvalidInput("key", f"{masked_repr(key)} is not the name of a column.")
    # What is cut is the user's own query, with a column's name checked above.
    inner, given = f"({query['sql'].strip().rstrip(';')}) flexout_contacts", query.get("parameters") or []
    if not isinstance(given, (list, tuple)):
        raise InvalidInput("contacts", "pass parameters as a list where the query is cut into parts.")
    keys = QueryRows(query["conn_id"], f"SELECT {key} FROM {inner} ORDER BY {key}", given)  # noqa: S608
    begins = list(_every(size, keys))
    parts: list[dict[str, Any]] = []
    if not begins:
        return parts
    for low, high in zip([None, *begins[1:]], [*begins[1:], None], strict=True):
        bounds = {f"{key} >= {keys.placeholder}": low, f"{key} < {keys.placeholder}": high}
        asked = {bound: value for bound, value in bounds.items() if value is not None}
        where = f" WHERE {' AND '.join(asked)}" if asked else ""
        sql = f"SELECT * FROM {inner}{where}"  # noqa: S608
        parts.append({"conn_id": query["conn_id"], "sql": sql, "parameters": [*given, *asked.values()]})
    return parts


def _every(size: int, keys: QueryRows) -> Iterator[Any]:
    """Give the key of the first row of each part."""
    from airflow_provider_flexout.bulk.sources.row import Row
    from airflow_provider_flexout.outreach.errors import InvalidInput

    for number, row in enumerate(one for one in keys if isinstance(one, Row)):
        (value,) = row.values.values()
        if value is None:
            raise InvalidInput("key", "is null in some rows, which would be in no part.")
        if number % size == 0:
            yield value
