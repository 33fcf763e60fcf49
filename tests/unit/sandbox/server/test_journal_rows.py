"""The rows of a journal, read from its file."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.server.journal import Journal
from airflow_provider_flexout.sandbox.server.journal_rows import UNREADABLE, count_readable, rows
from tests.unit.sandbox.conftest import request


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "sandbox.db"
    with closing(Journal(path, 7)) as journal:
        sandbox = Sandbox(7)
        sandbox.keep(journal)
        for number in range(5):
            sandbox.handle(request("POST", "/v1/Conversations", {"UniqueName": f"n{number}"}))
    with closing(sqlite3.connect(path)) as database:
        yield database


def test_a_request_is_read_as_it_was_written(database):
    [*before, last] = rows(database, 2)
    assert [row.number for row in before] == [3, 4]
    assert (last.number, last.status, last.sid[:2]) == (5, 201, "CH")
    assert (last.request.method, last.request.path) == ("POST", "/v1/Conversations")
    assert last.request.form() == [("UniqueName", "n4")]


@pytest.mark.parametrize(
    "damage", ["DELETE FROM requests WHERE n = 4", "UPDATE requests SET sid = char(27) WHERE n = 4"]
)
def test_what_is_readable_ends_before_the_first_row_that_is_not(database, damage):
    assert count_readable(database) == 5
    database.execute(damage)
    assert count_readable(database) == 3
    with pytest.raises(UNREADABLE):
        list(rows(database, 0))
