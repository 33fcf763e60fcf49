"""The databases that the tables are written into, read back without the code that wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

CONN_ID = "warehouse"


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
            if self.dialect == "postgresql":
                connection.execute(sqlalchemy.text("SET TIME ZONE 'UTC'"))
            found = connection.execute(sqlalchemy.text(sql)).mappings().all()
        return [{name: _moment(name, value) for name, value in one.items()} for one in found]

    def tables(self) -> set[str]:
        engine = sqlalchemy.create_engine(self.url, poolclass=sqlalchemy.NullPool)
        return set(sqlalchemy.inspect(engine).get_table_names())


def _moment(name: str, value: Any) -> Any:
    if name.endswith("_at") and isinstance(value, str):  # SQLite has no moments
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or timezone.utc).astimezone(timezone.utc)
    return value


@contextmanager
def connected(database: Database) -> Iterator[Database]:
    """Let the connection ``warehouse`` lead to a database, here and in processes that this one starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"AIRFLOW_CONN_{CONN_ID.upper()}", database.connection)
        yield database


def sqlite(file: Path) -> Database:
    return Database(f"sqlite:///{file}", json.dumps({"conn_type": "sqlite", "host": str(file)}))


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
