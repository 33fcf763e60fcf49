"""Permits: in order, so many at once, and given back whatever happens; and the part that waits may use."""

from __future__ import annotations

import asyncio

import pytest

from airflow_provider_flexout.twilio.http.limits.adaptive_limit import RateLimits
from airflow_provider_flexout.twilio.http.limits.rate_limiter import PollLimiter, RateLimiter
from airflow_provider_flexout.twilio.http.timing import POLL_CONCURRENCY, POLLS_PER_SECOND


def test_permits_come_in_order_and_at_the_rate(time):
    limiter = RateLimiter(rate=10, clock=time, sleep=time.sleep)
    began: list[tuple[int, float]] = []

    async def take(place: int) -> None:
        permit = limiter.permit("Create")
        await permit.acquire()
        began.append((place, time.now))
        permit.release(accepted=True)

    async def run() -> None:
        await asyncio.gather(*(take(place) for place in range(31)))

    asyncio.run(run())
    assert [place for place, _ in began] == list(range(31))
    assert began[-1][1] == pytest.approx(3.0, abs=0.1)


def test_a_procedure_under_way_goes_before_those_that_have_not_begun():
    limiter = RateLimiter(concurrency=1)
    order: list[str] = []

    async def take(name: str, *, priority: bool) -> None:
        await limiter.acquire("Create", priority=priority)
        order.append(name)
        limiter.release("Create", accepted=True)

    async def run() -> None:
        await limiter.acquire("Create")
        beginning = [take(f"begins {number}", priority=False) for number in range(3)]
        under_way = [take(f"goes on {number}", priority=True) for number in range(3)]
        everybody = [asyncio.create_task(one) for one in (*beginning, *under_way)]
        await asyncio.sleep(0)  # all of them wait now
        limiter.release("Create", accepted=True)
        await asyncio.gather(*everybody)

    asyncio.run(run())
    # The first to begin has stood in line already when the others came.
    assert order == ["begins 0", "goes on 0", "goes on 1", "goes on 2", "begins 1", "begins 2"]


def test_a_rate_of_its_own_is_kept_whatever_twilio_accepts(time):
    limiter = RateLimiter(rate=20, clock=time, sleep=time.sleep)

    async def send(seconds: float) -> int:
        end, sent = time.now + seconds, 0
        while time.now < end:
            permit, sent = limiter.permit("Create"), sent + 1
            await permit.acquire()
            permit.release(accepted=True)
        return sent

    assert 200 <= asyncio.run(send(10)) <= 202
    limiter.record_rate_limited("Create", time.now, None)
    assert limiter.rate("Create") < 20
    time.now += 3600
    assert limiter.rate("Create") == 20
    assert 200 <= asyncio.run(send(10)) <= 202


def test_a_retry_after_that_comes_while_somebody_waits_holds_for_them(time):
    shared = RateLimits()
    one, other = (RateLimiter(rate=1, limits=shared, clock=time, sleep=time.sleep) for _ in range(2))

    async def run() -> float:
        await one.permit("Create").acquire()
        waiting = asyncio.create_task(one.acquire("Create"))
        other.record_rate_limited("Create", time.now, retry_after=7)
        return await waiting

    assert asyncio.run(run()) >= 7


def test_each_operation_has_a_line_of_its_own(time):
    over = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await over.wait()
        time.now += seconds

    limiter = RateLimiter(clock=time, sleep=sleep)

    async def run() -> float:
        limiter.record_rate_limited("Create", time.now, retry_after=50)
        waiting = [asyncio.create_task(limiter.acquire("Create", priority=one)) for one in (False, True)]
        for priority in (False, True):
            assert await limiter.acquire("Fetch", priority=priority) == 0
        assert not any(one.done() for one in waiting)
        over.set()
        return min(await asyncio.gather(*waiting))

    assert asyncio.run(asyncio.wait_for(run(), 10)) >= 50


def test_no_more_at_once_than_allowed():
    limiter, inside, most = RateLimiter(concurrency=5), 0, 0

    async def take() -> None:
        nonlocal inside, most
        permit = limiter.permit("Create")
        await permit.acquire()
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        permit.release(accepted=True)

    async def run() -> None:
        await asyncio.gather(*(take() for _ in range(50)))

    asyncio.run(run())
    assert most == 5


def test_whoever_is_cancelled_while_waiting_keeps_no_permit():
    limiter = RateLimiter(concurrency=1)

    async def run() -> None:
        holder = limiter.permit("Create")
        await holder.acquire()
        limiter.record_rate_limited("Create", 0.0, retry_after=0.05)
        waiting = [asyncio.create_task(limiter.permit("Create").acquire()) for _ in range(5)]
        await asyncio.sleep(0)
        holder.release()
        await asyncio.sleep(0)  # the first of them has the place now, and waits for the time
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await limiter.permit("Create").acquire()

    asyncio.run(asyncio.wait_for(run(), 10))


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
