"""The tables of results in PostgreSQL: what tests/system/results does with SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.celery import services
from tests.system.results import tables
from tests.system.results.databases import Database, connected, postgres
from tests.system.results.questions import check_answers
from tests.system.results.story import told
from tests.system.results.test_killed import COUNT as FEW
from tests.system.results.test_killed import EVERY, check_a_database
from tests.system.results.test_tables import COUNT


@pytest.fixture
def database() -> Iterator[Database]:
    with services.database() as url, connected(postgres(url)) as made:
        yield made


def test_the_queries_of_the_page_answer(database: Database):
    check_answers(database)


def test_each_row_is_what_the_sandbox_holds_twice_in_a_row(database: Database):
    with told(COUNT) as story:
        for _ in range(2):
            assert tables.to_sql()["outreaches"] == COUNT
            tables.compare(tables.in_database(database), story)
        story.sandbox.faults.fail("*", 500, times=None, probability=0.05)
        tables.to_sql()
        story.sandbox.faults.clear()
        tables.compare(tables.in_database(database), story)


def test_whenever_it_is_killed_the_tables_are_as_before_or_as_after(database: Database):
    with told(FEW) as story:
        assert check_a_database(database, story) > 20 / EVERY
