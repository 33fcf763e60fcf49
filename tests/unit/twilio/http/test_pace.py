"""Turns: in order, so many at once, and given back whatever happens to those who wait."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import httpx
import pytest

from airflow_provider_flexout.twilio.api import conversations
from airflow_provider_flexout.twilio.http.adaptive_limit import AdaptiveRateLimit, shared_rate_limit
from airflow_provider_flexout.twilio.http.call import Call, Procedure
from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.errors import ConnectionFailed, RateLimited
from airflow_provider_flexout.twilio.http.hosts import Hosts
from airflow_provider_flexout.twilio.http.rate_limiter import RateLimiter
from airflow_provider_flexout.twilio.http.request import Request, Response
from airflow_provider_flexout.twilio.http.request_flow import (
    AcquirePermit,
    RateLimitSleep,
    RequestFlow,
    request_flow,
)
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, OAuthCredentials, Settings

CH = "CH" + "a" * 32
SETTINGS = Settings(BasicCredentials("AC" + "0" * 32, "token"))
READ = conversations.fetch_conversation(CH)


class Time:
    """A clock that moves when somebody waits for it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def time() -> Time:
    return Time()


def test_turns_come_in_order_and_at_the_rate(time):
    limiter = RateLimiter(rate=10, clock=time, sleep=time.sleep)
    began: list[tuple[int, float]] = []

    async def take(place: int) -> None:
        permit = limiter.permit()
        await permit.acquire()
        began.append((place, time.now))
        permit.release(accepted=True)

    async def run() -> None:
        await asyncio.gather(*(take(place) for place in range(31)))

    asyncio.run(run())
    assert [place for place, _ in began] == list(range(31))
    assert began[-1][1] == pytest.approx(3.0, abs=0.1)


def test_what_is_begun_is_finished_before_much_else_is_begun(network, time):
    limiter, begun, most = RateLimiter(rate=1, clock=time, sleep=time.sleep), 0, 0
    network.will(*[httpx.Response(200, json={"sid": CH})] * 200)

    def procedure() -> Procedure[None]:
        nonlocal begun, most
        yield READ
        begun += 1
        most = max(most, begun)
        for _ in range(4):
            yield READ
        begun -= 1

    async def run() -> None:
        async with connect(network, time, limiter) as client:
            await asyncio.gather(*(client.run(procedure()) for _ in range(40)))

    asyncio.run(run())
    assert most <= 8
    assert time.now == pytest.approx(200, abs=2)


def test_a_rate_of_ones_own_is_kept_whatever_twilio_takes(time):
    limiter = RateLimiter(rate=20, clock=time, sleep=time.sleep)

    async def send(seconds: float) -> int:
        end, sent = time.now + seconds, 0
        while time.now < end:
            permit, sent = limiter.permit(), sent + 1
            await permit.acquire()
            permit.release(accepted=True)
        return sent

    assert 200 <= asyncio.run(send(10)) <= 202
    limiter.record_rate_limited(time.now, None)
    assert limiter.rate < 20
    time.now += 3600
    assert limiter.rate == 20
    assert 200 <= asyncio.run(send(10)) <= 202


def test_silence_that_is_asked_for_while_somebody_waits_holds_for_them(time):
    budget = AdaptiveRateLimit()
    one, other = (RateLimiter(rate=1, adaptive_limit=budget, clock=time, sleep=time.sleep) for _ in range(2))

    async def run() -> float:
        await one.permit().acquire()
        waiting = asyncio.create_task(one.acquire())
        other.record_rate_limited(time.now, retry_after=7)
        return await waiting

    assert asyncio.run(run()) >= 7


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        (
            Settings(
                BasicCredentials("AC" + "0" * 32, "another token"), Hosts(edge="dublin"), proxy="http://p"
            ),
            True,
        ),
        (Settings(BasicCredentials("SK" + "1" * 32, "secret"), account_sid="AC" + "0" * 32), True),
        (Settings(OAuthCredentials("OQ" + "1" * 32, "secret"), account_sid="AC" + "0" * 32), True),
        (Settings(BasicCredentials("SK" + "1" * 32, "secret")), False),
        (Settings(BasicCredentials("AC" + "2" * 32, "token")), False),
        (Settings(BasicCredentials("AC" + "0" * 32, "token"), Hosts(region="ie1")), False),
        (Settings(BasicCredentials("AC" + "0" * 32, "token"), Hosts(base_url="http://localhost:1")), False),
    ],
)
def test_an_account_has_one_budget(other, shared):
    async def run() -> None:
        one, two = AsyncClient(SETTINGS), AsyncClient(other)
        assert (one.rate_limiter.adaptive_limit is two.rate_limiter.adaptive_limit) == shared
        assert one.rate_limiter is not two.rate_limiter
        await asyncio.gather(one.aclose(), two.aclose())

    asyncio.run(run())


def test_a_budget_lasts_as_long_as_it_is_used():
    settings = Settings(BasicCredentials("AC" + "9" * 32, "token"))
    budget = shared_rate_limit(settings)
    seen = weakref.ref(budget)
    assert shared_rate_limit(settings) is budget
    del budget
    gc.collect()
    assert seen() is None


def test_no_more_at_once_than_allowed():
    limiter, inside, most = RateLimiter(concurrency=5), 0, 0

    async def take() -> None:
        nonlocal inside, most
        permit = limiter.permit()
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


def test_whoever_is_cancelled_while_waiting_keeps_no_place():
    limiter = RateLimiter(concurrency=1)

    async def run() -> None:
        holder = limiter.permit()
        await holder.acquire()
        limiter.record_rate_limited(0.0, retry_after=0.05)
        waiting = [asyncio.create_task(limiter.permit().acquire()) for _ in range(5)]
        await asyncio.sleep(0)
        holder.release()
        await asyncio.sleep(0)  # the first of them has the place now, and waits for the time
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await limiter.permit().acquire()

    asyncio.run(asyncio.wait_for(run(), 10))


def connect(network, time: Time, limiter: RateLimiter) -> AsyncClient:
    return AsyncClient(
        SETTINGS,
        transport=httpx.MockTransport(network),
        sleep=time.sleep,
        rate_limiter=limiter,
    )


def limited(**headers: str) -> httpx.Response:
    return httpx.Response(429, json={"code": 20429, "message": "no"}, headers=headers)


def test_a_429_slows_everybody_down_and_is_sent_again(network, time):
    limiter = RateLimiter(clock=time, sleep=time.sleep)
    network.will(limited(**{"Retry-After": "7"}), *[httpx.Response(200, json={"sid": CH})] * 2)

    async def run() -> None:
        async with connect(network, time, limiter) as client:
            assert limiter.rate is None
            assert (await client.send(READ)).sid == CH
            assert time.now >= 7
            assert limiter.rate is not None
            assert limiter.rate_limited == 1
            await client.send(READ)

    asyncio.run(run())
    assert len(network.requests) == 3


def test_a_429_that_is_handed_on_slows_everybody_down_too(network, time):
    limiter = RateLimiter(clock=time, sleep=time.sleep)
    network.will(limited(**{"Retry-After": "600"}))

    async def run() -> None:
        async with connect(network, time, limiter) as client:
            await client.send(READ)

    with pytest.raises(RateLimited):
        asyncio.run(run())
    assert limiter.adaptive_limit.blocked_for(time.now) == 60


def test_flexs_own_code_for_it_counts_as_well(network, time):
    limiter = RateLimiter(clock=time, sleep=time.sleep)
    refused = httpx.Response(400, json={"code": 45010, "message": "no"})
    network.will(refused, httpx.Response(200, json={"sid": CH}))

    async def run() -> None:
        async with connect(network, time, limiter) as client:
            await client.send(READ)

    asyncio.run(run())
    assert limiter.rate_limited == 1


def steps(call: Call[Any], time: Time) -> RequestFlow[Any]:
    return request_flow(
        call, Settings(BasicCredentials("AC" + "0" * 32, "token")), RetryPolicy(), time, needs_permits=True
    )


def test_a_call_whose_time_is_over_before_its_turn_is_not_sent(time):
    begun = steps(READ.within(10), time)
    assert isinstance(next(begun), AcquirePermit)
    time.now += 11
    with pytest.raises(ConnectionFailed, match="nothing was sent"):
        begun.send(None)


def test_waiting_for_a_turn_costs_no_patience(time):
    begun = steps(READ, time)
    assert isinstance(next(begun), AcquirePermit)
    for _ in range(5):
        time.now += 600
        assert isinstance(begun.send(None), Request)
        assert isinstance(begun.send(Response(429, {})), RateLimitSleep)
        assert isinstance(begun.send(None), AcquirePermit)


def test_twenty_refusals_in_a_row_reach_nobody(network, time):
    limiter = RateLimiter(clock=time, sleep=time.sleep)
    network.will(*[limited()] * 20, httpx.Response(200, json={"sid": CH}))

    async def run() -> None:
        async with connect(network, time, limiter) as client:
            assert (await client.send(READ)).sid == CH

    asyncio.run(run())


def test_whatever_a_call_comes_to_its_place_is_given_back(network, time):
    limiter = RateLimiter(concurrency=1, clock=time, sleep=time.sleep)
    network.will(
        httpx.ReadTimeout("late"),
        httpx.Response(500),
        httpx.Response(404, json={"code": 20404}),
        *[httpx.Response(200, json={"sid": CH})] * 2,
    )

    async def run() -> None:
        async with connect(network, time, limiter) as client:
            with pytest.raises(Exception, match="20404"):
                await client.send(READ)
            await asyncio.gather(client.send(READ), client.send(READ))

    asyncio.run(asyncio.wait_for(run(), 10))
