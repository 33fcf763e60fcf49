"""A bucket of tokens lets so many requests through, and fills with time."""

from __future__ import annotations

import time

from airflow_provider_flexout.sandbox.wire.token_bucket import TokenBucket


def test_a_burst_and_then_the_rate():
    bucket = TokenBucket(per_second=0.001, burst=3)
    assert [bucket.takes() for _ in range(5)] == [True, True, True, False, False]


def test_it_fills_with_time_up_to_its_burst():
    bucket = TokenBucket(per_second=1000, burst=1)
    assert [bucket.takes(now) for now in (5.0, 5.0, 5.05, 5.05, 5.0505)] == [True, False, True, False, False]


def test_the_time_is_the_computers():
    bucket = TokenBucket(per_second=1000, burst=1)
    assert bucket.takes()
    give_up = time.monotonic() + 30
    while not bucket.takes():
        assert time.monotonic() < give_up
