"""How often a ``FlexReplyTrigger`` polls."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from airflow_provider_flexout.outreach.inbox.poller import PollResult
from airflow_provider_flexout.triggers.poll_timer import PollTimer
from tests.virtual_time import run_at_once

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
INTERVAL, REQUESTS = 30.0, 300


def result(conversations: int, rounds: int) -> PollResult:
    return PollResult(NOW, [], NOW, conversations, rounds)


def pauses(timer: PollTimer, found: PollResult, count: int) -> list[float]:
    async def sleep() -> list[float]:
        loop, slept = asyncio.get_running_loop(), []
        for _ in range(count):
            began = loop.time()
            await timer.pause(found, 1.0)
            slept.append(loop.time() - began)
        return slept

    return run_at_once(sleep())


def test_without_a_queue_it_is_as_it_was_told():
    assert pauses(PollTimer(INTERVAL, REQUESTS, None), result(10_000, 67), 3) == pytest.approx([INTERVAL] * 3)


@pytest.mark.parametrize(
    ("conversations", "rounds", "first", "then"),
    [(0, 1, 4800.0, 4800.0), (300, 1, 4800.0, 4800.0), (600, 3, 30.0, 2400.0), (10_000, 67, 30.0, 144.0)],
)
def test_with_a_queue_each_conversation_is_read_once_and_then_every_80_minutes(
    conversations, rounds, first, then
):
    events = SimpleNamespace(outages=0)
    slept = pauses(PollTimer(INTERVAL, REQUESTS, events), result(conversations, rounds), rounds + 3)
    assert slept == pytest.approx([first] * (rounds - 1) + [then] * 4)


def test_an_interval_that_is_longer_is_kept():
    events = SimpleNamespace(outages=0)
    assert pauses(PollTimer(6000.0, REQUESTS, events), result(300, 1), 2) == pytest.approx([6000.0] * 2)


def test_when_the_queue_is_back_each_is_read_again_and_soon():
    events = SimpleNamespace(outages=0)
    timer = PollTimer(INTERVAL, REQUESTS, events)

    async def sleep() -> list[float]:
        loop, slept = asyncio.get_running_loop(), []
        loop.call_later(100.0, lambda: setattr(events, "outages", 1))
        for _ in range(3):
            began = loop.time()
            await timer.pause(result(300, 1) if not slept else result(600, 2), 1.0)
            slept.append(loop.time() - began)
        return slept

    assert run_at_once(sleep()) == pytest.approx([120.0, INTERVAL, 2400.0])
