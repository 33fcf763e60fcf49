"""Whenever the process is killed, the tables are as before or as after, and the next run ends what it began.

Each step is tried where FLEXOUT_RESULTS is set, as by ``make results``, and some of them otherwise.
PostgreSQL is in tests/system/celery.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.system.results import tables
from tests.system.results.databases import Database, connected, sqlite
from tests.system.results.killed import killed_by_request, killed_by_step
from tests.system.results.story import CAMPAIGNS, Story, told

EVERY = 1 if "FLEXOUT_RESULTS" in os.environ else 10
COUNT = 45


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    with told(COUNT) as made:
        yield made


def check_a_database(database: Database, story: Story) -> int:
    """Kill it while it reads, and then at its steps; give how often it was killed."""
    tables.to_sql(campaign=f"{CAMPAIGNS[0]} later")
    before = tables.in_database(database)
    assert 0 < len(before[0]) < COUNT
    kills = 0
    for requests in range(1, 2 * COUNT, 15 * EVERY):
        assert killed_by_request(story.sandbox, requests)
        assert tables.in_database(database) == before
        kills += 1
    for step in count(1, EVERY):
        killed = killed_by_step(step)
        written = tables.in_database(database)
        if written != before:
            tables.compare(written, story)
        if not killed:
            break
        kills += 1
    tables.to_sql()
    tables.compare(tables.in_database(database), story)
    return kills


def test_sqlite(story: Story, tmp_path: Path):
    with connected(sqlite(tmp_path / "warehouse.db")) as database:
        assert check_a_database(database, story) > 20 / EVERY


@pytest.mark.parametrize("ending", tables.READERS)
def test_files(story: Story, tmp_path: Path, ending: str):
    """Each file is as before or as after, and that of the outreaches is the last."""
    tables.to_files(tmp_path, ending, campaign=f"{CAMPAIGNS[0]} later")
    before = tables.in_files(tmp_path, ending)
    kills = 0
    for step in count(1, (EVERY + 1) // 2):
        killed = killed_by_step(step, tmp_path, ending)
        outreaches, messages = tables.in_files(tmp_path, ending)
        if outreaches != before[0]:
            tables.compare((outreaches, messages), story)
        elif messages != before[1]:
            tables.compare((tables.held.rows(story)[0], messages), story)
        if not killed:
            break
        kills += 1
    tables.compare(tables.in_files(tmp_path, ending), story)
    assert kills > 5 / EVERY
