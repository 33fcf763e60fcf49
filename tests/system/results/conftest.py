"""The five places that tables are written to. PostgreSQL's are those of tests/system/celery."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.results.databases import Database, connected, duckdb, postgres, sqlite
from tests.system.results.tables import READERS, Files, Target

DATABASES = ("sqlite", "postgresql", "duckdb")


@contextmanager
def made(dialect: str, folder: Path) -> Iterator[Database]:
    """Make an empty database, to which the connection leads."""
    if dialect == "sqlite":
        with connected(sqlite(folder / "warehouse.db")) as found:
            yield found
        return
    if dialect == "duckdb":
        pytest.importorskip("duckdb_provider", reason="DuckDB needs the dependency group distributed")
        with connected(duckdb(folder / "warehouse.duckdb")) as found:
            yield found
        return
    pytest.importorskip("psycopg2", reason="PostgreSQL needs the dependency group distributed")
    from tests.system.celery import services

    with services.database() as url, connected(postgres(url)) as found:
        yield found


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with made(request.param, tmp_path) as found:
        yield found


@pytest.fixture(params=(*DATABASES, *READERS))
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    if request.param in READERS:
        yield Files(tmp_path, request.param)
        return
    with made(request.param, tmp_path) as found:
        yield found
