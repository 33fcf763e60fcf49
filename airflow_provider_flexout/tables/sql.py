"""Rows into two tables of any database that Airflow and SQLAlchemy know, in one transaction."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk import BaseHook

from airflow_provider_flexout.connection.lineage import report_sql
from airflow_provider_flexout.outreach.channels.base import LONGEST_ADDRESS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.results.rows import (
    ADDRESS,
    MESSAGE_SID,
    OUTREACH_KEY,
    OptOutRow,
    columns_of,
    values_of,
)
from airflow_provider_flexout.tables.spool import PIECE, keys_of
from airflow_provider_flexout.twilio.http.redaction import mask_text, masked_repr
from airflow_provider_flexout.version_compat import AirflowException

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Engine, MetaData, Table

    from airflow_provider_flexout.outreach.results.rows import Column
    from airflow_provider_flexout.tables.spool import Spool, TableColumns

_NAME: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?", re.ASCII)
_KEY_LENGTH: Final = 64
"""Characters of a key in a created table; those of ours and Twilio's SIDs have 34."""


def check_names(names: Mapping[str, Any]) -> None:
    """Refuse what cannot be the name of a table, or names two tables.

    :param names: the names by the arguments that hold them; ``None`` where a table is not written.
    :raises InvalidInput: for the first that is wrong.
    """
    for argument, name in names.items():
        if (name is not None or argument == "table") and not (
            isinstance(name, str) and _NAME.fullmatch(name)
        ):
            raise InvalidInput(
                argument, f"{masked_repr(name)} is not the name of a table, as in 'results.outreach'."
            )
        if name is not None and list(names.values()).count(name) > 1 and argument != "table":
            raise InvalidInput(argument, f"{name!r} is already the name of another of the tables.")


class SqlTables:
    """The two tables of a database.

    :param conn_id: the id of the database's Airflow connection.
    :param table: the table of outreaches, with its schema before it where it needs one.
    :param messages_table: the table of messages, with its schema; ``None`` where none is written.
    :param opt_outs_table: the suppression table, with its schema; ``None`` where none is written.
    :param columns: those that are written.
    :param create: whether a table that is missing is created.
    :raises InvalidInput: when a name cannot be one of a table, or the connection is not to a database.
    """

    def __init__(
        self,
        conn_id: str,
        table: str,
        messages_table: str | None,
        columns: TableColumns,
        *,
        create: bool,
        opt_outs_table: str | None = None,
    ) -> None:
        from sqlalchemy import MetaData

        check_names({"table": table, "messages_table": messages_table, "opt_outs_table": opt_outs_table})
        self._hook = BaseHook.get_connection(conn_id).get_hook()  # type: ignore[no-untyped-call]
        if not hasattr(self._hook, "get_sqlalchemy_engine"):
            raise InvalidInput("conn_id", f"connection {conn_id!r} is not to a database.")
        self._create = create
        metadata = MetaData()
        self._tables = {"table": _table(table, metadata, columns.outreach, OUTREACH_KEY)}
        if messages_table:
            self._tables["messages_table"] = _table(messages_table, metadata, columns.message, MESSAGE_SID)
        if opt_outs_table:
            self._tables["opt_outs_table"] = _table(opt_outs_table, metadata, columns_of(OptOutRow), ADDRESS)

    def __str__(self) -> str:
        """Name the tables, for people."""
        return " and ".join(one.fullname for one in self._tables.values())

    def check(self) -> None:
        """Refuse tables that are missing, or lack a column, before anything is read.

        The columns are those of a query without rows: not every dialect can describe a table.

        :raises InvalidInput: naming the table and the columns.
        """
        from sqlalchemy import false, inspect, select, text

        with self._engine() as engine, engine.connect() as connection:
            found = inspect(connection)
            for argument, table in self._tables.items():
                if not found.has_table(table.name, schema=table.schema):
                    if self._create:
                        continue
                    raise InvalidInput(
                        argument,
                        f"there is no table {table.fullname}; pass create_tables=True to have it made.",
                    )
                empty = connection.execute(select(text("*")).select_from(table).where(false()))
                there = {name.lower() for name in empty.keys()}  # noqa: SIM118 - it is not a dictionary
                missing = [one.name for one in table.columns if one.name not in there]
                if missing:
                    raise InvalidInput(argument, f"{table.fullname} lacks the columns {', '.join(missing)}.")

    def write(self, spool: Spool) -> None:
        """Put the rows in place of those of the same outreaches, in one transaction.

        :param spool: the rows.
        :raises AirflowException: when the database refuses it; the tables are then as before.
        """
        from sqlalchemy import delete, insert

        with self._engine() as engine, engine.begin() as connection:
            for table in self._tables.values() if self._create else ():
                table.create(connection, checkfirst=True)
            for argument, key, keys, rows in _pieces(spool):
                if (into := self._tables.get(argument)) is not None:
                    connection.execute(delete(into).where(into.c[key].in_(keys)))
                    if rows:
                        connection.execute(insert(into), rows)
        for table in self._tables.values():
            report_sql(self._hook, str(insert(table)))

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        """Give the engine; the database's error message is cut off before it repeats a row."""
        from sqlalchemy.exc import SQLAlchemyError

        engine: Engine = self._hook.get_sqlalchemy_engine(engine_kwargs={"hide_parameters": True})
        try:
            yield engine
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise AirflowException(f"The database says: {mask_text(reason)}") from None
        finally:
            engine.dispose()


def _pieces(spool: Spool) -> Iterator[tuple[str, str, list[str], list[dict[str, Any]]]]:
    """Give rows with their table, and the column and values by which the earlier rows are found."""
    for piece in spool:
        yield "table", OUTREACH_KEY, keys_of(piece), piece.outreaches
        yield "messages_table", OUTREACH_KEY, keys_of(piece), piece.messages
    columns, addresses = columns_of(OptOutRow), list(spool.opt_outs)
    for first in range(0, len(addresses), PIECE):
        some = addresses[first : first + PIECE]
        yield "opt_outs_table", ADDRESS, some, [values_of(spool.opt_outs[one], columns) for one in some]


def _table(name: str, metadata: MetaData, columns: Iterable[Column], primary_key: str) -> Table:
    from sqlalchemy import Column as SqlColumn
    from sqlalchemy import Table

    schema, _, bare = name.rpartition(".")
    made = [
        SqlColumn(
            one.name,
            _type(one),
            primary_key=one.name == primary_key,
            nullable=not one.required,
            index=one.name == OUTREACH_KEY != primary_key,
            autoincrement=False,
        )
        for one in columns
    ]
    return Table(bare, metadata, *made, schema=schema or None)


def _type(column: Column) -> Any:
    from sqlalchemy import DateTime, Float, Integer, String, Text

    if column.name in (OUTREACH_KEY, MESSAGE_SID, ADDRESS):
        return String(
            LONGEST_ADDRESS if column.name == ADDRESS else _KEY_LENGTH
        )  # MySQL takes no text without a length into a key
    types = {str: Text(), int: Integer(), float: Float(53), datetime: DateTime(timezone=True)}
    return types[column.type]
