"""Queries through any database hook of Airflow's, read in pieces."""

from __future__ import annotations

import sqlite3

import pytest

from airflow_provider_flexout.bulk.sources.row import Header, Row
from airflow_provider_flexout.bulk.sources.sql import QueryRows, query_rows
from airflow_provider_flexout.outreach.errors import InvalidInput


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", f"sqlite://{tmp_path / 'shop.db'}")
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE people (phone TEXT)")
        database.executemany("INSERT INTO people VALUES (?)", ((f"+{one}",) for one in range(2500)))


def test_rows_are_numbered_over_all_pieces(shop):
    header, *rows = QueryRows("shop", "SELECT phone FROM people ORDER BY rowid")
    assert header == Header(["phone"])
    assert [one.line for one in rows] == list(range(1, 2501))
    assert rows[-1] == Row(2500, {"phone": "+2499"})


def test_a_query_may_be_read_twice_and_nobody_knows_how_long_it_is(shop):
    rows = query_rows(
        "contacts", {"conn_id": "shop", "sql": "SELECT phone FROM people LIMIT ?", "parameters": [2]}
    )
    assert len(list(rows)) == len(list(rows)) == 3
    assert (str(rows), rows.share(), rows.placeholder) == ("the query", None, "?")


@pytest.mark.parametrize(
    "query", [{"sql": "SELECT 1"}, {"conn_id": "shop"}, {"conn_id": "shop", "sql": "", "key": 1}]
)
def test_a_query_is_refused_under_the_argument_that_it_came_by(query):
    with pytest.raises(InvalidInput, match=r"^suppression: write a query as"):
        query_rows("suppression", query)
