"""The databases that the tables are written into, read back without the code that wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from tests.system.results.tables import CONN_ID, Tables, by_key, moment, to_sql


@dataclass(frozen=True)
class Database:
    """A database, which the connection ``warehouse`` leads to.

    :param url: SQLAlchemy's.
    :param connection: the Airflow connection, as its environment variable has it.
    """

    url: str
    connection: str

    @property
    def dialect(self) -> str:
        return self.url.partition(":")[0]

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Run a query; moments are aware and in UTC, whatever the database gives."""
        engine = sqlalchemy.create_engine(self.url, poolclass=sqlalchemy.NullPool)
        with engine.connect() as connection:
            if self.dialect != "sqlite":
                connection.execute(sqlalchemy.text("SET TimeZone = 'UTC'"))
            found = connection.execute(sqlalchemy.text(sql)).mappings().all()
        return [{name: moment(name, value) for name, value in one.items()} for one in found]

    def write(self, **arguments: Any) -> dict[str, int]:
        """Write both tables with the operator; give what it returns."""
        return to_sql(**arguments)

    def read(self) -> Tables:
        """Read both tables; a table that is not there has no rows."""
        engine = sqlalchemy.create_engine(self.url, poolclass=sqlalchemy.NullPool)
        there = sqlalchemy.inspect(engine).get_table_names()
        outreaches, messages = (
            self.rows(f"SELECT * FROM {table}") if table in there else []  # noqa: S608 - ours
            for table in ("outreach", "outreach_message")
        )
        return by_key(outreaches, "outreach_key"), by_key(messages, "message_sid")


@contextmanager
def connected(database: Database) -> Iterator[Database]:
    """Let the connection ``warehouse`` lead to a database, here and in processes that this one starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"AIRFLOW_CONN_{CONN_ID.upper()}", database.connection)
        yield database


def sqlite(file: Path) -> Database:
    return Database(f"sqlite:///{file}", json.dumps({"conn_type": "sqlite", "host": str(file)}))


def duckdb(file: Path) -> Database:
    return Database(f"duckdb:///{file}", json.dumps({"conn_type": "duckdb", "host": str(file)}))


def postgres(url: str) -> Database:
    """Make one of a URL, ``postgresql://user@host:port/name``."""
    parts = sqlalchemy.make_url(url)
    connection = {
        "conn_type": "postgres",
        "host": parts.host,
        "port": parts.port,
        "login": parts.username,
        "password": parts.password or "",
        "schema": parts.database,
    }
    return Database(url, json.dumps(connection))
