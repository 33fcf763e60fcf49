"""From what an operator was given to the rows behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from airflow_provider_flexout.bulk.sources.row import Rows

_WAYS = "a list of objects, {'conn_id': …, 'sql': …}, or the path of a .csv, .jsonl or .parquet file"


def rows_of(contacts: Any) -> Rows:
    """Say where rows come from; nothing is read yet.

    :param contacts: a list of objects, such as an XCom; ``{"conn_id": …, "sql": …}``, with ``parameters``
        where the query has some; or the path of a file, local or on object storage: ``.csv``, ``.tsv``,
        ``.jsonl`` (or ``.ndjson``) or ``.parquet``. Beside ``path``, a file may have ``conn_id`` of its
        storage, and ``first`` and ``last``, the lines of it that are meant.
    :raises InvalidInput: when it is none of these.
    """
    if isinstance(contacts, Mapping) and "sql" in contacts:
        from airflow_provider_flexout.bulk.sources.sql import QueryRows

        return QueryRows(**_only(contacts, "conn_id", "sql", "parameters"))
    if isinstance(contacts, Mapping) and "path" in contacts:
        from airflow_provider_flexout.bulk.sources.file import file_rows

        return file_rows(**_only(contacts, "path", "conn_id", "first", "last"))
    if isinstance(contacts, str):
        from airflow_provider_flexout.bulk.sources.file import file_rows

        return file_rows(contacts)
    if isinstance(contacts, Sequence) or (hasattr(contacts, "__len__") and hasattr(contacts, "__getitem__")):
        from airflow_provider_flexout.bulk.sources.listed import ListedRows

        return ListedRows(contacts)
    raise InvalidInput("contacts", f"{type(contacts).__name__} is not a source of contacts; pass {_WAYS}.")


def _only(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise InvalidInput("contacts", f"{unknown[0]!r} is none of {', '.join(names)}.")
    return dict(given)
