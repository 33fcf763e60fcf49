"""What an operator has read and written, as OpenLineage's datasets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class WrittenTable(NamedTuple):
    """A table that rows were written to.

    :param conn_id: the id of the database's Airflow connection.
    :param name: the table's, with its schema before it where it has one.
    """

    conn_id: str
    name: str


class WrittenFile(NamedTuple):
    """A file that was written.

    :param path: local, or a URL of object storage.
    :param conn_id: the id of the storage's Airflow connection, where one was named.
    """

    path: str
    conn_id: str | None = None


def operator_lineage(task: Any, reads: Iterable[Any], writes: Iterable[WrittenTable | WrittenFile]) -> Any:
    """Make what ``get_openlineage_facets_on_complete`` returns; OpenLineage's provider asks for it.

    It names files and tables, and the assets among the task's inlets and outlets, which the provider passes
    over if an operator reports its own lineage. It holds no rows, no values and no text of a query.

    :param task: the operator.
    :param reads: what was read: a path, an object with ``path``, or a query, ``{"conn_id": …, "sql": …}``;
        anything else is passed over.
    :param writes: what was written.
    :returns: an ``OperatorLineage``.
    """
    from airflow.providers.openlineage.extractors import OperatorLineage

    inputs = [dataset for one in reads for dataset in _read_from(one)] + _assets_of(task.inlets)
    outputs = [dataset for one in writes for dataset in _written_to(one)] + _assets_of(task.outlets)
    return OperatorLineage(inputs=inputs, outputs=outputs)


def _assets_of(declared: Iterable[Any]) -> list[Any]:
    from airflow.providers.openlineage.utils.utils import translate_airflow_asset
    from airflow.sdk import Asset

    found = [translate_airflow_asset(one, None) for one in declared if isinstance(one, Asset)]
    return [dataset for dataset in found if dataset]


def _read_from(given: Any) -> list[Any]:
    if isinstance(given, Mapping) and "sql" in given:
        parsed = _parse(given["conn_id"], given["sql"])
        return list(parsed.inputs) if parsed else []
    if isinstance(given, Mapping) and "path" in given:
        return _file(given["path"], given.get("conn_id"))
    return _file(given) if isinstance(given, str) else []


def _written_to(given: WrittenTable | WrittenFile) -> list[Any]:
    if isinstance(given, WrittenFile):
        return _file(*given)
    parsed = _parse(given.conn_id, f"INSERT INTO {given.name} VALUES (1)")  # noqa: S608 - is only parsed
    return list(parsed.outputs) if parsed else [_table(given)]


def _file(path: str, conn_id: str | None = None) -> list[Any]:
    from airflow.providers.openlineage.utils.utils import translate_airflow_asset
    from airflow.sdk import Asset

    from airflow_provider_flexout.bulk.sources.open import storage_path

    file = storage_path(path, conn_id)
    dataset = translate_airflow_asset(Asset(uri=str(file)), file)
    return [dataset] if dataset else []


def _parse(conn_id: str, sql: str) -> Any:
    """Find the tables of a statement; ``None`` where the hook does not tell where its database is."""
    from airflow.providers.openlineage.sqlparser import get_openlineage_facets_with_sql
    from airflow.sdk import BaseHook

    hook = BaseHook.get_connection(conn_id).get_hook()  # type: ignore[no-untyped-call]
    return get_openlineage_facets_with_sql(hook, sql, conn_id, None, use_connection=False)


def _table(table: WrittenTable) -> Any:
    """Name a table of a database whose hook does not tell where it is, such as SQLite."""
    from airflow.providers.common.compat.openlineage.facet import Dataset
    from airflow.sdk import BaseHook

    connection = BaseHook.get_connection(table.conn_id)
    port = f":{connection.port}" if connection.port else ""
    return Dataset(namespace=f"{connection.conn_type}://{connection.host or ''}{port}", name=table.name)


class WritesMixin:
    """A transfer that tells OpenLineage what it has written."""

    def _written(self) -> list[WrittenTable | WrittenFile]:
        """List the tables or files that are written."""
        raise NotImplementedError

    def get_openlineage_facets_on_complete(self, _: Any) -> Any:
        """Name what was written; OpenLineage's provider calls this when the task has succeeded."""
        return operator_lineage(self, [], self._written())
