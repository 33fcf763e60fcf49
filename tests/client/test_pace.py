"""Turns: in order, so many at once, and given back whatever happens to those who wait."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from airflow_provider_flexout.twilio import conversations
from airflow_provider_flexout.twilio.call import Call
from airflow_provider_flexout.twilio.client import AsyncClient
from airflow_provider_flexout.twilio.errors import RateLimited, Unreachable
from airflow_provider_flexout.twilio.exchange import Exchange, Throttled, TurnWanted, exchange
from airflow_provider_flexout.twilio.pace import Pace
from airflow_provider_flexout.twilio.request import Request
from airflow_provider_flexout.twilio.retry import RetryPolicy
from airflow_provider_flexout.twilio.settings import BasicCredentials, Settings

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
    pace = Pace(rate=10, clock=time, sleep=time.sleep)
    began: list[tuple[int, float]] = []

    async def take(place: int) -> None:
        turn = pace.turn()
        await turn.begin()
        began.append((place, time.now))
        turn.end(taken=True)

    async def run() -> None:
        await asyncio.gather(*(take(place) for place in range(31)))

    asyncio.run(run())
    assert [place for place, _ in began] == list(range(31))
    assert began[-1][1] == pytest.approx(3.0, abs=0.1)


def test_no_more_at_once_than_allowed():
    pace, inside, most = Pace(concurrency=5), 0, 0

    async def take() -> None:
        nonlocal inside, most
        turn = pace.turn()
        await turn.begin()
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        turn.end(taken=True)

    async def run() -> None:
        await asyncio.gather(*(take() for _ in range(50)))

    asyncio.run(run())
    assert most == 5


def test_whoever_is_cancelled_while_waiting_keeps_no_place():
    pace = Pace(concurrency=1)

    async def run() -> None:
        holder = pace.turn()
        await holder.begin()
        pace.refused(0.0, retry_after=0.05)
        waiting = [asyncio.create_task(pace.turn().begin()) for _ in range(5)]
        await asyncio.sleep(0)
        holder.end()
        await asyncio.sleep(0)  # the first of them has the place now, and waits for the time
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await pace.turn().begin()

    asyncio.run(asyncio.wait_for(run(), 10))


def connect(network, time: Time, pace: Pace) -> AsyncClient:
    return AsyncClient(
        SETTINGS,
        transport=httpx.MockTransport(network),
        sleep=time.sleep,
        pace=pace,
    )


def limited(**headers: str) -> httpx.Response:
    return httpx.Response(429, json={"code": 20429, "message": "no"}, headers=headers)


def test_a_429_slows_everybody_down_and_is_sent_again(network, time):
    pace = Pace(clock=time, sleep=time.sleep)
    network.will(limited(**{"Retry-After": "7"}), *[httpx.Response(200, json={"sid": CH})] * 2)

    async def run() -> None:
        async with connect(network, time, pace) as client:
            assert pace.rate is None
            assert (await client.send(READ)).sid == CH
            assert time.now >= 7
            assert pace.rate is not None
            assert pace.refusals == 1
            await client.send(READ)

    asyncio.run(run())
    assert len(network.requests) == 3


def test_a_429_that_is_handed_on_slows_everybody_down_too(network, time):
    pace = Pace(clock=time, sleep=time.sleep)
    network.will(limited(**{"Retry-After": "600"}))

    async def run() -> None:
        async with connect(network, time, pace) as client:
            await client.send(READ)

    with pytest.raises(RateLimited):
        asyncio.run(run())
    assert pace.budget.wait(time.now) == 60


def test_flexs_own_code_for_it_counts_as_well(network, time):
    pace = Pace(clock=time, sleep=time.sleep)
    refused = httpx.Response(400, json={"code": 45010, "message": "no"})
    network.will(refused, httpx.Response(200, json={"sid": CH}))

    async def run() -> None:
        async with connect(network, time, pace) as client:
            await client.send(READ)

    asyncio.run(run())
    assert pace.refusals == 1


def steps(call: Call[Any], time: Time) -> Exchange[Any]:
    return exchange(
        call, Settings(BasicCredentials("AC" + "0" * 32, "token")), RetryPolicy(), time, paced=True
    )


def test_a_call_whose_time_is_over_before_its_turn_is_not_sent(time):
    begun = steps(READ.within(10), time)
    assert isinstance(next(begun), TurnWanted)
    time.now += 11
    with pytest.raises(Unreachable, match="before its turn came"):
        begun.send(None)


def test_waiting_for_a_turn_costs_no_patience(time):
    begun = steps(READ, time)
    assert isinstance(next(begun), TurnWanted)
    for _ in range(5):
        time.now += 600
        assert isinstance(begun.send(None), Request)
        assert isinstance(begun.send(limited()), Throttled)
        assert isinstance(begun.send(None), TurnWanted)


def test_twenty_refusals_in_a_row_reach_nobody(network, time):
    pace = Pace(clock=time, sleep=time.sleep)
    network.will(*[limited()] * 20, httpx.Response(200, json={"sid": CH}))

    async def run() -> None:
        async with connect(network, time, pace) as client:
            assert (await client.send(READ)).sid == CH

    asyncio.run(run())


def test_whatever_a_call_comes_to_its_place_is_given_back(network, time):
    pace = Pace(concurrency=1, clock=time, sleep=time.sleep)
    network.will(
        httpx.ReadTimeout("late"),
        httpx.Response(500),
        httpx.Response(404, json={"code": 20404}),
        *[httpx.Response(200, json={"sid": CH})] * 2,
    )

    async def run() -> None:
        async with connect(network, time, pace) as client:
            with pytest.raises(Exception, match="20404"):
                await client.send(READ)
            await asyncio.gather(client.send(READ), client.send(READ))

    asyncio.run(asyncio.wait_for(run(), 10))
