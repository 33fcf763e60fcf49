"""From what an operator was given to the rows behind it: a list, a query or a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import ObjectStoragePath

from airflow_provider_flexout.bulk.sources.csv import DelimitedRows
from airflow_provider_flexout.bulk.sources.lines import ENDLESS, JsonLineRows
from airflow_provider_flexout.bulk.sources.parquet import ParquetRows
from airflow_provider_flexout.bulk.sources.row import number_rows
from airflow_provider_flexout.bulk.sources.sql import check_query, query_rows
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import whole_number
from airflow_provider_flexout.twilio.http.redaction import mask_text, masked_repr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_provider_flexout.bulk.sources.row import BrokenRow, Header, Row, Rows

_WAYS = "a list of objects, {'conn_id': …, 'sql': …}, or the path of a .csv, .jsonl or .parquet file"
_FILE_KEYS = ("path", "conn_id", "first", "last")
_READERS: dict[str, Callable[[ObjectStoragePath, range], Rows]] = {
    ".csv": lambda file, part: DelimitedRows(file, ",", part),
    ".tsv": lambda file, part: DelimitedRows(file, "\t", part),
    ".jsonl": JsonLineRows,
    ".ndjson": JsonLineRows,
    ".parquet": ParquetRows,
}


class ListedRows:
    """Rows that are there already, such as an XCom.

    :param rows: objects; anything else in it is a broken row.
    """

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows
        self._read = 0

    def __iter__(self) -> Iterator[Header | Row | BrokenRow]:
        """Give one row after the other, counted from 1."""
        for row in number_rows(self._rows):
            self._read += 1
            yield row

    def __str__(self) -> str:
        """Name the source, for people."""
        return "the list"

    def share(self) -> float | None:
        """Say what share has been read."""
        return self._read / len(self._rows) if len(self._rows) else None


def rows_of(contacts: Any) -> Rows:
    """Find the source of rows; nothing is read yet.

    :param contacts: a list of objects, such as an XCom; ``{"conn_id": …, "sql": …}``, with ``parameters``
        where the query has some; or the path of a file, local or on object storage: ``.csv``, ``.tsv``,
        ``.jsonl`` (or ``.ndjson``) or ``.parquet``. Beside ``path``, a file may have ``conn_id`` of its
        storage, and ``first`` and ``last``, the lines of it that are meant.
    :raises InvalidInput: when it is not one of these.
    """
    check_source(contacts)
    if isinstance(contacts, Mapping):
        return query_rows("contacts", contacts) if "sql" in contacts else _file_rows(**contacts)
    return _file_rows(contacts) if isinstance(contacts, str) else ListedRows(contacts)


def check_source(contacts: Any) -> None:
    """Refuse what cannot be a source of rows, without a look at the file or the connection.

    :param contacts: as for :func:`rows_of`.
    :raises InvalidInput: when it is none.
    """
    if isinstance(contacts, Mapping) and "path" in contacts:
        unknown = sorted(set(contacts) - set(_FILE_KEYS), key=str)
        if unknown:
            known = ", ".join(_FILE_KEYS)
            raise InvalidInput("contacts", f"{masked_repr(unknown[0])} is not one of {known}.")
        for name in ("first", "last"):
            if contacts.get(name) is not None:
                _row(name, contacts[name])
        return
    if isinstance(contacts, Mapping) and "sql" in contacts:
        check_query("contacts", contacts)
        return
    if isinstance(contacts, str):
        if contacts.lstrip().startswith(("[", "{")):
            raise InvalidInput(
                "contacts",
                "is a text that looks like a list or a template; pass the list itself, as in "
                "contacts=task.output, since a Jinja template turns it into text.",
            )
        return
    if hasattr(contacts, "to_dict") and hasattr(contacts, "columns"):
        raise InvalidInput(
            "contacts", f"is a {type(contacts).__name__}; pass its rows, as in df.to_dict('records')."
        )
    if not isinstance(contacts, Sequence) or isinstance(contacts, (bytes, bytearray)):
        raise InvalidInput(
            "contacts", f"{type(contacts).__name__} is not a source of contacts; pass {_WAYS}."
        )


def _file_rows(path: str, conn_id: str | None = None, first: int = 1, last: int | None = None) -> Rows:
    """Find the reader of a file; nothing is read yet.

    :param path: local, or a URL of object storage.
    :param conn_id: the Airflow connection of the storage.
    :param first: the number of the first row to read, from 1.
    :param last: the number of the last row to read; ``None`` for the last row of the file.
    :raises InvalidInput: when there is no such file, or it is of another kind.
    """
    try:
        file = storage_path(path, conn_id)
        there = file.is_file()
    except ValueError as error:
        raise InvalidInput("contacts", f"{error}; the Airflow provider that brings it is missing.") from error
    make = _READERS.get(file.suffix.lower())
    if make is None:
        raise InvalidInput("contacts", f"{mask_text(path)} is not one of {', '.join(_READERS)}.")
    if not there:
        raise InvalidInput("contacts", f"there is no file {mask_text(path)}.")
    part = range(_row("first", first), ENDLESS if last is None else _row("last", last) + 1)
    return make(file, part)


def _row(name: str, given: Any) -> int:
    """Read the number of a row, which a template may have rendered to text."""
    number = whole_number(given)
    if number is None or number < 1:
        raise InvalidInput(
            "contacts",
            f"{name} is {masked_repr(given)}, which is not the number of a row; rows are counted from 1.",
        )
    return number


def storage_path(path: str, conn_id: str | None = None) -> ObjectStoragePath:
    """Give a path of Airflow's object storage; a bare path is a local file.

    :param path: local, or a URL.
    :param conn_id: the Airflow connection of the storage.
    """
    return ObjectStoragePath(path if "://" in path else f"file://{path}", conn_id=conn_id)
