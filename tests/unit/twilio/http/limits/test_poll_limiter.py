"""The part of the request budget that waits may use: a rate, halved by a refusal and back within a minute."""

from __future__ import annotations

import asyncio

import pytest

from airflow_provider_flexout.twilio.http.limits.adaptive_limit import RateLimits
from airflow_provider_flexout.twilio.http.limits.poll_limiter import PollLimiter
from airflow_provider_flexout.twilio.http.timing import POLL_CONCURRENCY, POLLS_PER_SECOND

OPERATION = "ListConversationMessage"


@pytest.fixture
def limiter(time) -> PollLimiter:
    return PollLimiter(RateLimits(), clock=time, sleep=time.sleep)


def test_all_requests_together_keep_to_the_rate(limiter, time):
    async def run() -> None:
        for n in range(301):
            permit = limiter.permit(f"{OPERATION}{n % 3}", priority=n % 2 == 0)
            await permit.acquire()
            permit.release(accepted=True)

    asyncio.run(run())
    assert time.now == pytest.approx(300 / POLLS_PER_SECOND, abs=0.2)


def test_a_refusal_halves_the_rate_of_all_operations_once(limiter, time):
    time.now = 10.0
    for sent_at in (9.8, 9.9, 9.95):
        limiter.record_rate_limited(OPERATION, sent_at, None)
    assert limiter.rate("FetchConversation") == POLLS_PER_SECOND / 2
    time.now = 12.0
    limiter.record_rate_limited(OPERATION, 11.9, None)
    assert limiter.rate("FetchConversation") == pytest.approx(POLLS_PER_SECOND / 4, rel=0.1)


def test_the_rate_comes_back_within_a_minute_and_no_further(limiter, time):
    time.now = 10.0
    limiter.record_rate_limited(OPERATION, 10.0, None)
    time.now += 15
    assert POLLS_PER_SECOND / 2 < limiter.rate("FetchConversation") < POLLS_PER_SECOND
    for time.now in (70.0, 7_000.0):
        assert limiter.rate("FetchConversation") == POLLS_PER_SECOND


def test_refusals_without_an_end_leave_one_request_a_second(limiter, time):
    for time.now in range(10, 1_000, 2):
        limiter.record_rate_limited(OPERATION, time.now, None)
    assert 1.0 <= limiter.rate("FetchConversation") < 2.1


def test_few_are_under_way_at_once(limiter):
    async def run() -> int:
        acquired = [asyncio.create_task(limiter.acquire(OPERATION)) for _ in range(3 * POLL_CONCURRENCY)]
        done, waiting = await asyncio.wait(acquired, timeout=0.1)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert limiter.queue_time() == 0
        return len(done)

    assert asyncio.run(run()) == POLL_CONCURRENCY


def test_it_tells_how_long_a_request_would_wait(limiter, time):
    limiter.record_rate_limited(OPERATION, 0.0, retry_after=30)
    holding = asyncio.Event()

    async def stand_still(_seconds: float) -> None:
        await holding.wait()

    limiter._sleep = stand_still

    async def run() -> float:
        queued = [asyncio.create_task(limiter.acquire(OPERATION)) for _ in range(45)]
        await asyncio.sleep(0)
        expected = limiter.queue_time()
        for one in queued:
            one.cancel()
        await asyncio.gather(*queued, return_exceptions=True)
        return expected

    assert asyncio.run(run()) == 3.0
