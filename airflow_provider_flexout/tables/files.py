"""Rows into two files, local or on object storage: Parquet, JSON lines or CSV, by their ending."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

from airflow_provider_flexout.bulk.sources.open import storage_path
from airflow_provider_flexout.connection.files import put_file
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.http.redaction import mask_text

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

    from airflow_provider_flexout.outreach.results.rows import Column
    from airflow_provider_flexout.tables.spool import Spool

Pieces: TypeAlias = Iterable[list[dict[str, Any]]]
_Writer: TypeAlias = Callable[[Path, "tuple[Column, ...]", Pieces], None]


def check_paths(paths: Mapping[str, Any]) -> None:
    """Refuse what cannot be the path of a file in one of the formats; no storage is looked at.

    :param paths: the paths by the arguments that hold them; ``None`` where a file is not written.
    :raises InvalidInput: for the first that is wrong.
    """
    for argument, path in paths.items():
        if path is None and argument != "path":
            continue
        if not isinstance(path, str):
            raise InvalidInput(argument, f"must be a path, got {type(path).__name__}.")
        if not path.lower().endswith(tuple(_WRITERS)):
            raise InvalidInput(argument, f"{mask_text(path)} ends with none of {', '.join(_WRITERS)}.")
        if list(paths.values()).count(path) > 1 and argument != "path":
            raise InvalidInput(argument, "is the file of outreaches already.")


class TableFiles:
    """The two files.

    :param path: the file of outreaches, local or a URL of object storage.
    :param messages_path: the file of messages; ``None`` where none is written.
    :param conn_id: the Airflow connection of the storage.
    :raises InvalidInput: when the ending tells no format, or the storage is not known.
    """

    def __init__(self, path: str, messages_path: str | None, conn_id: str | None = None) -> None:
        check_paths({"path": path, "messages_path": messages_path})
        self._outreach = _file("path", path, conn_id)
        self._message = _file("messages_path", messages_path, conn_id) if messages_path else None

    def __str__(self) -> str:
        """Name the files, for people."""
        return " and ".join(one.name for one in (self._outreach, self._message) if one is not None)

    def write(self, spool: Spool) -> None:
        """Write the files whole, each in place of the one that is there.

        :param spool: the rows.
        """
        if self._message is not None:
            self._write(self._message, spool.columns.message, (one.messages for one in spool))
        self._write(self._outreach, spool.columns.outreach, (one.outreaches for one in spool))

    def _write(self, file: ObjectStoragePath, columns: tuple[Column, ...], pieces: Pieces) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory() as folder:
            made = Path(folder) / file.name
            _WRITERS[file.suffix.lower()](made, columns, pieces)
            put_file(made, file)


def _file(argument: str, path: str, conn_id: str | None) -> ObjectStoragePath:
    try:
        file = storage_path(path, conn_id)
        _ = file.fs  # Airflow 3.1 looks for the storage only when it is used
    except ValueError as error:
        raise InvalidInput(argument, f"{error}; the Airflow provider that brings it is missing.") from error
    if file.suffix.lower() == ".parquet" and find_spec("pyarrow") is None:
        raise InvalidInput(
            argument, "a Parquet file needs pyarrow: pip install 'airflow-provider-flexout[parquet]'."
        )
    return file


def _write_json_lines(path: Path, columns: tuple[Column, ...], pieces: Pieces) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        for row in _rows(pieces):
            lines.write(
                json.dumps({one.name: _plain(row[one.name]) for one in columns}, ensure_ascii=False) + "\n"
            )


def _write_csv(path: Path, columns: tuple[Column, ...], pieces: Pieces) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow([one.name for one in columns])
        for row in _rows(pieces):
            writer.writerow([_plain(row[one.name]) for one in columns])


def _write_parquet(path: Path, columns: tuple[Column, ...], pieces: Pieces) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    types = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        datetime: pa.timestamp("us", tz="UTC"),
    }
    schema = pa.schema([pa.field(one.name, types[one.type], nullable=not one.required) for one in columns])
    with ParquetWriter(path, schema) as writer:
        for rows in pieces:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _rows(pieces: Pieces) -> Iterator[dict[str, Any]]:
    return (row for rows in pieces for row in rows)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


_WRITERS: dict[str, _Writer] = {
    ".parquet": _write_parquet,
    ".jsonl": _write_json_lines,
    ".ndjson": _write_json_lines,
    ".csv": _write_csv,
}
