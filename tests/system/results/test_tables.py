"""Each row is what the sandbox holds, value by value: FLEXOUT_RESULTS outreaches in all their ends."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from airflow_provider_flexout.outreach.results.ending import ENDINGS
from airflow_provider_flexout.twilio.http.errors import ServiceUnavailable
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


def test_one_request_in_twenty_fails(story: Story, target: Target):
    """In one try of a hundred, one of thirty thousand fails five times in a row: the task is tried again."""
    fault = story.sandbox.faults.fail("*", 500, times=None, probability=0.05)
    try:
        try:
            summary = written_by(target)
        except ServiceUnavailable:
            summary = written_by(target)
    finally:
        story.sandbox.faults.clear()
    assert summary["outreaches"] == COUNT
    assert fault.fired > COUNT / 20
    compare(target.read(), story)
