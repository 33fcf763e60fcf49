"""Waits that begin together, beside a worker that sends: counted by the second, in simulated time."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from airflow_provider_flexout.connection.wait_runner import poll_limiter, run_wait
from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.errors import WaitTimedOut
from airflow_provider_flexout.outreach.waiters import PollSchedule, ReplyWaiter, wait_for
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.rules import conversations, participants
from airflow_provider_flexout.sandbox.wire.http import HttpRequest
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.limits.adaptive_limit import RateLimits
from airflow_provider_flexout.twilio.http.limits.rate_limiter import RateLimiter
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Hosts, Settings
from airflow_provider_flexout.twilio.http.timing import POLLS_PER_SECOND
from tests.unit.twilio.http.limits.simulated_limits import Bucket
from tests.virtual_time import run_at_once

WAITS, WATCHED = 2_000, 30


@pytest.fixture(autouse=True)
def same_pauses() -> None:
    random.seed(7)


class Account(httpx.AsyncBaseTransport):
    """A sandbox in memory, which may have one limit for all requests of the account together."""

    def __init__(self, per_second: float | None = None) -> None:
        self.sandbox = Sandbox(seed=7, frozen=True)
        self.began = self.time()
        self.limit = Bucket(per_second) if per_second else None
        self.by_second: Counter[int] = Counter()
        self.refused = 0

    def time(self) -> float:
        return self.sandbox.clock.now().timestamp()

    def conversations(self, count: int) -> list[str]:
        store, sids = self.sandbox._store, []
        for n in range(count):
            row = conversations.create(store, {}, "system")
            participants.add(store, row, address=f"+1202{5_550_000 + n}", proxy_address="+13115550100")
            sids.append(row.sid)
        return sids

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.1)
        now = self.time() - self.began
        if self.limit and not self.limit.accepts(now):
            self.refused += 1
            return httpx.Response(429, json={"code": 20429, "message": "Too Many Requests", "status": 429})
        if request.method == "GET":
            self.by_second[int(now)] += 1
        answer = self.sandbox.handle(
            HttpRequest(
                method=request.method,
                path=request.url.path,
                query=request.url.query.decode(),
                headers=dict(request.headers),
                body=await request.aread(),
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)

    def client(self) -> AsyncClient:
        """Make a client as of a process of its own: it knows of no limit that another has met."""
        connection = self.sandbox.connection()
        settings = Settings(
            BasicCredentials(connection["login"], connection["password"]), Hosts(base_url="http://localhost")
        )
        limiter = RateLimiter(limits=RateLimits(), clock=asyncio.get_running_loop().time)
        return AsyncClient(settings, transport=self, rate_limiter=limiter)

    def run(self, work: Callable[[], Any]) -> Any:
        async def begin() -> Any:
            return await work()

        return run_at_once(begin(), self.sandbox.clock.advance)


async def wait(account: Account, client: AsyncClient, sid: str, seconds: float | None = None) -> float:
    """Wait for a reply; say when the wait ended."""
    began = account.time()
    ends = float("inf") if seconds is None else began + seconds
    schedule = PollSchedule(began, None if seconds is None else ends)
    with pytest.raises(WaitTimedOut):
        await run_wait(client, wait_for(ReplyWaiter(sid, -1), schedule, account.time), ends)
    return account.time() - account.began


async def say_for(account: Account, sid: str, seconds: float) -> list[float]:
    """Say something every few seconds, as a worker does; give how long each message took."""
    took, worker = [], account.client()
    while (now := account.time()) < account.began + seconds:
        await worker.send(create_message(sid, body="Hello"))
        took.append(account.time() - now)
        await asyncio.sleep(2.5)
    return took


async def watch(account: Account, count: int) -> list[float]:
    """Let so many waits begin, and a worker send beside them."""
    client, sids = account.client(), account.conversations(count)
    waits = [asyncio.create_task(wait(account, client, sid)) for sid in sids]
    took = await say_for(account, sids[0], WATCHED)
    for one in waits:
        one.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    return took


def test_two_thousand_waits_share_a_part_of_the_budget():
    account = Account()
    took = account.run(lambda: watch(account, WAITS))
    assert max(account.by_second.values()) <= POLLS_PER_SECOND + 3
    assert sum(account.by_second.values()) >= 0.95 * POLLS_PER_SECOND * (WATCHED - 6)
    assert max(took) < 0.2


@pytest.mark.parametrize("per_second", [20, 10])
def test_a_message_is_in_time_where_the_account_has_one_limit_for_all_its_requests(per_second):
    account = Account(per_second)
    took = account.run(lambda: watch(account, 300))
    assert max(took) < 3
    assert account.refused < 0.12 * sum(account.by_second.values())
    assert sum(account.by_second.values()) >= 0.4 * per_second * (WATCHED - 6)


def test_a_wait_whose_time_is_over_goes_before_the_others():
    account = Account()

    async def run() -> float:
        client, (first, *others) = account.client(), account.conversations(601)
        waits = [asyncio.create_task(wait(account, client, sid)) for sid in others]
        ended = await wait(account, client, first, seconds=20)
        for one in waits:
            one.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        return ended

    assert account.run(run) < 20 + timing.POLL_SHORTEST + 1


def test_waits_of_an_account_have_one_limiter_whatever_their_connection():
    account = Account()

    async def run() -> None:
        one, other = account.client(), account.client()
        assert poll_limiter(one) is not poll_limiter(other)
        other.rate_limiter = RateLimiter(limits=one.rate_limiter.limits)
        assert poll_limiter(one) is poll_limiter(other)

    account.run(run)
