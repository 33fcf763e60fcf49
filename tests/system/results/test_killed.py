"""Whenever the process is killed, the tables are as before or as after, and the next run ends what it began.

Each step is tried where FLEXOUT_RESULTS is set, as by ``make results``, and some of them otherwise. What one
process leaves behind is what the next one finds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest

from tests.system.results import held
from tests.system.results.story import CAMPAIGNS, Story, told
from tests.system.results.tables import Files, Tables, Target, compare
from tests.system.results.writer import killed_by_request, killed_by_step, written_by

EVERY = 1 if "FLEXOUT_RESULTS" in os.environ else 10
COUNT = 45


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    with told(COUNT) as made:
        yield made


@pytest.fixture
def before(story: Story, target: Target) -> Tables:
    """Some of the outreaches, which are in the tables already."""
    target.write(campaign=f"{CAMPAIGNS[0]} later")
    written = target.read()
    assert 0 < len(written[0]) < COUNT
    return written


def test_while_it_reads(story: Story, target: Target, before: Tables):
    for requests in range(1, 2 * COUNT, 15 * EVERY):
        assert killed_by_request(target, story.sandbox, requests)
        assert target.read() == before


def test_while_it_writes(story: Story, target: Target, before: Tables):
    kills = 0
    for step in count(1, (EVERY + 1) // 2 if isinstance(target, Files) else EVERY):
        killed = killed_by_step(target, step)
        check(target, before, story)
        if not killed:
            break
        kills += 1
    assert kills > (5 if isinstance(target, Files) else 20) / EVERY
    written_by(target)
    compare(target.read(), story)


def check(target: Target, before: Tables, story: Story) -> None:
    """A database has both tables as before or as after; files appear one after the other, and
    that of the outreaches is the last."""
    written = target.read()
    if isinstance(target, Files) and written[0] == before[0] and written[1] != before[1]:
        compare((held.rows(story)[0], written[1]), story)
    elif written != before:
        compare(written, story)
