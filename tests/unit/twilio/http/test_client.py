"""The two drivers: they decide alike, fetch one token, and slow down for all."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import httpx
import pytest

from airflow_provider_flexout.twilio.api import conversations, messages
from airflow_provider_flexout.twilio.http.call import Call, Procedure, Sleep
from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown, RateLimited
from airflow_provider_flexout.twilio.http.limits.rate_limiter import RateLimiter
from airflow_provider_flexout.twilio.http.settings import Settings
from tests.unit.twilio.http.responses import CH, OAUTH, READ, SETTINGS, Time, ok, page, rejected, token


def iter_calls(calls: list[Call[Any]]) -> Procedure[None]:
    while calls:
        yield calls[0]
        calls = calls[1:]


def connect_async(network, time: Time, limiter: RateLimiter, sleep: Any = None) -> AsyncClient:
    return AsyncClient(
        SETTINGS, transport=httpx.MockTransport(network), sleep=sleep or time.sleep, rate_limiter=limiter
    )


def rate_limited(**headers: str) -> httpx.Response:
    return rejected(429, 20429, **headers)


def test_both_drivers_decide_alike(client, network, time):
    by_turns = [rate_limited(**{"Retry-After": "7"}), httpx.ConnectError("x"), rejected(500)]
    call = messages.create_message(CH, body="Hello")

    async def send() -> None:
        async with connect_async(network, time, RateLimiter(clock=time, sleep=time.sleep)) as client:
            await client.send(call)

    network.will(*by_turns)
    with pytest.raises(OutcomeUnknown):
        asyncio.run(send())
    assert len(network.requests) == 3
    assert time.now >= 7
    network.will(*by_turns)
    with pytest.raises(OutcomeUnknown):
        client.send(call)
    assert len(network.requests) == 6
    assert network.slept[0] == 7


def test_many_at_once_fetch_one_token(network):
    async def run() -> None:
        client = AsyncClient(Settings(OAUTH), transport=httpx.MockTransport(network))
        async with client:
            await asyncio.gather(*(client.send(READ) for _ in range(20)))

    network.will(token("first"), *[ok() for _ in range(20)])
    asyncio.run(run())
    assert len(network.requests) == 21


@pytest.mark.parametrize("names", [[READ.name] * 4, ["A", "B", "C", "D"]], ids=["one", "many"])
def test_procedures_that_have_begun_are_finished_before_many_others_begin(network, time, names):
    limiter, under_way, most = RateLimiter(rate=1, clock=time, sleep=time.sleep), 0, 0
    network.will(*[ok() for _ in range(200)])
    later = [dataclasses.replace(READ, name=name) for name in names]

    def procedure() -> Procedure[None]:
        nonlocal under_way, most
        yield READ
        under_way += 1
        most = max(most, under_way)
        yield from iter_calls(later)
        under_way -= 1

    async def run() -> None:
        async with connect_async(network, time, limiter) as client:
            await asyncio.gather(*(client.run(procedure()) for _ in range(40)))

    asyncio.run(run())
    assert most <= 8
    assert time.now == pytest.approx(200, abs=2)


def test_a_429_slows_everybody_down_and_is_sent_again(network, time):
    limiter = RateLimiter(clock=time, sleep=time.sleep)
    network.will(rate_limited(**{"Retry-After": "7"}), *[ok() for _ in range(2)])

    async def run() -> None:
        async with connect_async(network, time, limiter) as client:
            assert limiter.rate(READ.name) is None
            assert (await client.send(READ)).sid == CH
            assert time.now >= 7
            assert limiter.rate(READ.name) is not None
            assert limiter.rate_limited == 1
            await client.send(READ)

    asyncio.run(run())
    assert len(network.requests) == 3


def test_a_429_that_is_handed_on_slows_everybody_down_too(network, time):
    limiter = RateLimiter(clock=time, sleep=time.sleep)
    network.will(rate_limited(**{"Retry-After": "600"}))

    async def run() -> None:
        async with connect_async(network, time, limiter) as client:
            await client.send(READ)

    with pytest.raises(RateLimited):
        asyncio.run(run())
    assert limiter.limits.of(READ.name).blocked_for(time.now) == 60


def test_what_one_operation_is_refused_does_not_slow_another(network, time):
    limiter, waits, over = RateLimiter(clock=time, sleep=time.sleep), asyncio.Event(), asyncio.Event()
    network.will(rate_limited(**{"Retry-After": "30"}), *[page("conversations", [], None)] * 100, ok())

    async def sleep(seconds: float) -> None:
        waits.set()
        await over.wait()
        time.now += seconds

    async def run() -> None:
        async with connect_async(network, time, limiter, sleep) as client:
            refused = asyncio.create_task(client.send(READ))
            await waits.wait()
            for _ in range(100):
                await client.send(conversations.list_conversations())
            assert (time.now, refused.done()) == (0, False)
            over.set()
            await refused

    asyncio.run(asyncio.wait_for(run(), 10))
    assert limiter.rate_limited == 1
    assert len(network.requests) == 102


def test_flexs_code_for_a_rate_limit_counts_as_well(network, time):
    limiter = RateLimiter(clock=time, sleep=time.sleep)
    network.will(rejected(400, 45010), ok())

    async def run() -> None:
        async with connect_async(network, time, limiter) as client:
            await client.send(READ)

    asyncio.run(run())
    assert limiter.rate_limited == 1


def test_twenty_rate_limits_in_a_row_are_no_error(network, time):
    limiter = RateLimiter(clock=time, sleep=time.sleep)
    network.will(*[rate_limited()] * 20, ok())

    async def run() -> None:
        async with connect_async(network, time, limiter) as client:
            assert (await client.send(READ)).sid == CH

    asyncio.run(run())


def test_a_permit_is_given_back_whatever_comes_of_the_call(network, time):
    limiter = RateLimiter(concurrency=1, clock=time, sleep=time.sleep)
    network.will(
        httpx.ReadTimeout("late"),
        httpx.Response(500),
        httpx.Response(404, json={"code": 20404, "status": 404}),
        *[ok() for _ in range(2)],
    )

    async def run() -> None:
        async with connect_async(network, time, limiter) as client:
            with pytest.raises(Exception, match="20404"):
                await client.send(READ)
            await asyncio.gather(client.send(READ), client.send(READ))

    asyncio.run(asyncio.wait_for(run(), 10))


@pytest.mark.parametrize("error", [RuntimeError("a mistake"), asyncio.CancelledError()])
def test_an_exception_of_any_kind_reaches_the_procedure_which_gives_back_what_it_holds(network, time, error):
    given_back = []

    def procedure() -> Procedure[None]:
        try:
            yield Sleep(1.0)
        except BaseException:
            yield READ
            given_back.append(True)
            raise

    async def sleep(seconds: float) -> None:
        raise error

    async def run() -> None:
        async with connect_async(network, time, RateLimiter()) as client:
            await client.run(procedure(), sleep=sleep)

    network.will(ok())
    with pytest.raises(type(error)):
        asyncio.run(run())
    assert given_back == [True]
