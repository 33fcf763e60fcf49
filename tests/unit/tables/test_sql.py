"""The tables of a database, as SQLAlchemy makes them."""

from __future__ import annotations

import json

import pytest
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.schema import CreateTable

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.tables.spool import Spool, TableColumns
from airflow_provider_flexout.tables.sql import SqlTables
from airflow_provider_flexout.version_compat import AirflowException
from tests.unit.tables.test_spool import result
from tests.unit.transfers.conftest import rows_in

EVERYTHING = TableColumns.chosen(include_addresses=True, include_bodies=True)


@pytest.fixture
def database(tmp_path, monkeypatch):
    path = tmp_path / "warehouse.db"
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps({"conn_type": "sqlite", "host": str(path)}))
    return path


def tables(name="outreach", messages="outreach_message", *, create=True, columns=EVERYTHING):
    return SqlTables("warehouse", name, messages, columns, create=create)


@pytest.mark.parametrize(
    ("dialect", "types"),
    [
        (postgresql.dialect(), ("VARCHAR(64) NOT NULL", "TIMESTAMP WITH TIME ZONE", "TEXT", "FLOAT(53)")),
        (sqlite.dialect(), ("VARCHAR(64) NOT NULL", "DATETIME", "TEXT", "FLOAT")),
        (mysql.dialect(), ("VARCHAR(64) NOT NULL", "DATETIME", "TEXT", "FLOAT(53)")),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_types(database, dialect, types):
    outreach = tables()._tables["table"]
    lines = str(CreateTable(outreach).compile(dialect=dialect)).splitlines()
    found = {line.split()[0]: line.strip().rstrip(", ").partition(" ")[2] for line in lines if line.strip()}
    assert (found["outreach_key"], found["opened_at"], found["wrap_up"], found["time_to_reply"]) == types
    assert found["PRIMARY"] == "KEY (outreach_key)"
    assert found["ended"] == "TEXT NOT NULL"


def test_messages_are_found_by_their_outreach(database):
    (index,) = tables()._tables["messages_table"].indexes
    assert [one.name for one in index.columns] == ["outreach_key"]


def test_one_table_is_enough(database):
    with Spool(EVERYTHING) as spool:
        spool.add(result("fx1"))
        tables(messages=None).write(spool)
    assert len(rows_in(database)) == 1
    assert str(tables(messages=None)) == "outreach"


def test_what_the_database_says_repeats_no_row(database):
    with Spool(EVERYTHING) as spool:
        spool.add(result("fx1"))
        tables().write(spool)
        again = result("fx2", messages=2)  # its messages have the SIDs of the first one's
        spool.add(again)
        with pytest.raises(AirflowException, match="The database says: UNIQUE constraint failed") as caught:
            tables().write(spool)
    assert again.messages[0].body not in str(caught.value)
    assert caught.value.__cause__ is None
    assert len(rows_in(database)) == 1


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a.b.c", "1a", ".a", "a.", "ä", 7])
def test_what_is_no_name_of_a_table(database, name):
    with pytest.raises(InvalidInput, match=r"^table: .* is not the name of a table"):
        tables(name)
