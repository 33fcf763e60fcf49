"""Several streams as one."""

from __future__ import annotations

import asyncio

import pytest

from airflow_provider_flexout.triggers.merge import merge
from tests.virtual_time import run_at_once


async def ticks(name, every, count, closed=None):
    try:
        for n in range(count):
            await asyncio.sleep(every)
            yield f"{name}{n}"
    finally:
        if closed is not None:
            closed.append(name)


def collected(*streams):
    async def collect():
        return [one async for one in merge(*streams)]

    return run_at_once(collect())


def test_each_element_comes_when_it_is_there_until_one_of_them_ends():
    closed = []
    found = collected(ticks("a", 2.0, 3, closed), ticks("b", 3.1, 9, closed))
    assert found == ["a0", "b0", "a1", "a2"]
    assert sorted(closed) == ["a", "b"]


def test_one_stream_alone_is_itself():
    assert collected(ticks("a", 1.0, 3)) == ["a0", "a1", "a2"]


def test_what_one_raises_is_raised_and_the_others_are_closed():
    async def fail():
        await asyncio.sleep(1.5)
        raise LookupError("gone")
        yield

    closed = []
    with pytest.raises(LookupError, match="gone"):
        collected(ticks("a", 1.0, 9, closed), fail())
    assert closed == ["a"]


def test_whoever_leaves_closes_all():
    async def leave(closed):
        stream = merge(ticks("a", 1.0, 9, closed), ticks("b", 9.0, 9, closed))
        async for _ in stream:
            break
        await stream.aclose()

    closed = []
    run_at_once(leave(closed))
    assert sorted(closed) == ["a", "b"]
