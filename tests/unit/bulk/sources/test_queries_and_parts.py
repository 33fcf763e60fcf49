"""Contacts from a query, through a hook of Airflow's, and all kinds of contacts in parts."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from airflow_provider_flexout.bulk.sources.open import rows_of
from airflow_provider_flexout.bulk.sources.row import Header, Row
from airflow_provider_flexout.bulk.sources.split import parts_of
from airflow_provider_flexout.outreach.errors import InvalidInput

COUNT = 2500


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    file = tmp_path / "shop.db"
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", f"sqlite://{file}")
    database = sqlite3.connect(file)
    database.execute("CREATE TABLE people (id INTEGER, phone TEXT, country TEXT)")
    people = ((one, f"+{one}", "US" if one % 2 else "IT") for one in range(COUNT))
    database.executemany("INSERT INTO people VALUES (?, ?, ?)", people)
    database.commit()
    return database


def query(sql: str, *parameters: object) -> dict[str, object]:
    return {"conn_id": "shop", "sql": sql, "parameters": list(parameters)}


def addresses(part: object) -> list[str]:
    return [one.values["phone"] for one in rows_of(part) if isinstance(one, Row)]


def test_a_query(shop):
    header, *rows = rows_of(query("SELECT phone, id FROM people WHERE country = ? ORDER BY id", "US"))
    assert header == Header(["phone", "id"])
    assert [one.line for one in rows] == list(range(1, COUNT // 2 + 1))
    assert rows[0].values == {"phone": "+1", "id": 1}


def test_a_connection_that_is_no_database(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_FLEX", "flexout://AC:token@")
    with pytest.raises(InvalidInput, match="'flex' is not to a database"):
        rows_of({"conn_id": "flex", "sql": "SELECT 1"})


@pytest.mark.parametrize("size", [100, 600, 1250, COUNT])
def test_the_parts_of_a_query_have_each_row_once(shop, size):
    asked = query("SELECT id, phone FROM people WHERE country = ?;", "US")
    parts = parts_of(asked, size=size, key="id")
    found = Counter(address for part in parts for address in addresses(part))
    assert found == Counter(f"+{one}" for one in range(1, COUNT, 2))
    assert len(parts) == -(-COUNT // 2 // size)


def test_rows_that_come_later_are_in_a_part_too(shop):
    parts = parts_of(query("SELECT * FROM people"), size=1000, key="id")
    shop.execute(
        "INSERT INTO people VALUES (-1, 'first', 'US'), (99999, 'last', 'US'), (1500, 'second', 'US')"
    )
    shop.commit()
    found = Counter(address for part in parts for address in addresses(part))
    assert len(found) == COUNT + 3
    assert set(found.values()) == {1}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "key: missing"),
        ({"key": "id; DROP TABLE people"}, "is not the name of a column"),
        ({"key": "empty"}, "is null in some rows"),
        ({"key": "id", "size": 0}, "size: 0"),
    ],
)
def test_a_query_that_cannot_be_cut(shop, given, problem):
    with pytest.raises(InvalidInput, match=problem):
        parts_of(query("SELECT id, NULL AS empty FROM people"), **given)


def test_no_contacts_have_no_parts(shop, tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_text("to\n")
    assert parts_of(query("SELECT id FROM people WHERE id > 9999"), key="id") == []
    assert parts_of(str(empty)) == []
    assert parts_of([]) == []


def test_a_list_is_cut_where_it_is():
    assert parts_of([{"to": str(one)} for one in range(5)], size=2) == [
        [{"to": "0"}, {"to": "1"}],
        [{"to": "2"}, {"to": "3"}],
        [{"to": "4"}],
    ]


def test_a_file_is_cut_by_its_rows(tmp_path):
    file = tmp_path / "contacts.csv"
    file.write_text("phone\n" + "".join(f"+{one}\n" for one in range(25)))
    parts = parts_of(str(file), size=10)
    assert [(one["first"], one["last"]) for one in parts] == [(1, 10), (11, 20), (21, 25)]
    assert [address for part in parts for address in addresses(part)] == [f"+{one}" for one in range(25)]
    assert parts_of({"path": str(file), "first": 6, "last": 12}, size=5) == [
        {"path": str(file), "first": 6, "last": 10},
        {"path": str(file), "first": 11, "last": 12},
    ]
