"""Each row is what the sandbox holds, value by value: FLEXOUT_RESULTS outreaches in all their ends.

PostgreSQL's turn is in tests/system/celery.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_flexout.outreach.results.ending import ENDINGS
from tests.system.results import tables
from tests.system.results.databases import Database, connected, sqlite
from tests.system.results.story import Story, told

COUNT = int(os.environ.get("FLEXOUT_RESULTS", "180"))


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    with told(COUNT) as made:
        yield made


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with connected(sqlite(tmp_path / "warehouse.db")) as made:
        yield made


def test_they_end_in_all_ways(story: Story):
    assert set(Counter(story.endings.values())) == set(ENDINGS)
    assert len(story.endings) == COUNT


def test_sqlite_twice_in_a_row(story: Story, database: Database):
    for _ in range(2):
        assert tables.to_sql()["outreaches"] == COUNT
        tables.compare(tables.in_database(database), story)


@pytest.mark.parametrize("ending", tables.READERS)
def test_files_twice_in_a_row(story: Story, tmp_path: Path, ending: str):
    for _ in range(2):
        assert tables.to_files(tmp_path, ending)["outreaches"] == COUNT
        tables.compare(tables.in_files(tmp_path, ending), story)


def test_one_request_in_twenty_fails(story: Story, database: Database):
    fault = story.sandbox.faults.fail("*", 500, times=None, probability=0.05)
    try:
        tables.to_sql()
    finally:
        story.sandbox.faults.clear()
    assert fault.fired > COUNT / 20
    tables.compare(tables.in_database(database), story)
