"""Each row is what the sandbox holds, value by value: FLEXOUT_RESULTS outreaches in all their ends."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from airflow_provider_flexout.outreach.results.ending import ENDINGS
from tests.system.results.story import Story, told
from tests.system.results.tables import Target, compare
from tests.system.results.writer import written_by

COUNT = int(os.environ.get("FLEXOUT_RESULTS", "180"))


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    with told(COUNT) as made:
        yield made


def test_they_end_in_all_ways(story: Story):
    assert set(Counter(story.endings.values())) == set(ENDINGS)
    assert len(story.endings) == COUNT


def test_twice_in_a_row(story: Story, target: Target):
    for _ in range(2):
        assert written_by(target)["outreaches"] == COUNT
        compare(target.read(), story)


def test_one_request_in_fifty_fails(story: Story, target: Target):
    """More of them would fail five times in a row where there are thirty thousand, and so the task."""
    fault = story.sandbox.faults.fail("*", 500, times=None, probability=0.02)
    try:
        assert written_by(target)["outreaches"] == COUNT
    finally:
        story.sandbox.faults.clear()
    assert fault.fired > COUNT / 50
    compare(target.read(), story)
