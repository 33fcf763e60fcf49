"""Rows of a file, local or on object storage, by the end of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import ObjectStoragePath

    from airflow_provider_flexout.bulk.sources.row import Rows


def file_rows(path: str, conn_id: str | None = None, first: int = 1, last: int | None = None) -> Rows:
    """Say which reader a file needs; nothing is read yet.

    :param path: local, or a URL of object storage.
    :param conn_id: the Airflow connection of the storage.
    :param first: the first row that is meant, from 1.
    :param last: the last.
    :raises InvalidInput: when the file is not there, or not of a kind that can be read.
    """
    from airflow_provider_flexout.bulk.sources.csv import DelimitedRows
    from airflow_provider_flexout.bulk.sources.json_lines import JsonLineRows
    from airflow_provider_flexout.bulk.sources.lines import ENDLESS
    from airflow_provider_flexout.bulk.sources.parquet import ParquetRows

    readers: dict[str, Callable[[ObjectStoragePath, range], Rows]] = {
        ".csv": lambda file, part: DelimitedRows(file, ",", part),
        ".tsv": lambda file, part: DelimitedRows(file, "\t", part),
        ".jsonl": JsonLineRows,
        ".ndjson": JsonLineRows,
        ".parquet": ParquetRows,
    }
    try:
        file = storage_path(path, conn_id)
        there = file.is_file()
    except ValueError as error:
        raise InvalidInput("contacts", f"{error}; the Airflow provider that brings it is missing.") from error
    make = readers.get(file.suffix.lower())
    if make is None:
        raise InvalidInput("contacts", f"{path} is not one of {', '.join(readers)}.")
    if not there:
        raise InvalidInput("contacts", f"there is no file {path}.")
    part = range(_row("first", first), ENDLESS if last is None else _row("last", last) + 1)
    return make(file, part)


def _row(name: str, given: Any) -> int:
    """Read the number of a row, which a template may have rendered to text."""
    try:
        number = int(given)
    except (TypeError, ValueError):
        number = 0
    if number < 1:
        raise InvalidInput("contacts", f"{name} is {given!r}, which is no number of a row; they begin at 1.")
    return number


def storage_path(path: str, conn_id: str | None = None) -> ObjectStoragePath:
    """Give a path of Airflow's object storage; a bare path is a local file.

    :param path: local, or a URL.
    :param conn_id: the Airflow connection of the storage.
    """
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(path if "://" in path else f"file://{path}", conn_id=conn_id)
