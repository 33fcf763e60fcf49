"""What waiting for replies costs, beside one naive trigger per conversation that looks every 30 seconds.

Requests and delays come from a simulated day: each way runs in one event loop whose time jumps from one
event to the next, against one sandbox in memory. Where events wake the waits, each event comes in the moment
of its reply: ``relay.py`` measures how long one takes. Memory and the event loop's longest standstill come
from a thousand real triggers, each way in a process of its own, against a sandbox in another.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import selectors
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from rich.table import Table

from airflow_provider_flexout.connection.event_subscription import Wakeup
from airflow_provider_flexout.outreach.errors import WaitTimedOut
from airflow_provider_flexout.outreach.waiters import PollSchedule, ReplyWaiter, SafetyNetSchedule, wait_for
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.http import HttpRequest
from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Hosts, Settings
from tests.bench.served import served
from tests.bench.shown import show

DAY, NAIVE_PAUSE = 86_400.0, 30.0
SILENT, ANSWERED = 5, 40
ONE_LOOP = Path(__file__).with_name("waits_in_one_loop.py")
PUSHED = "woken by events"
WAYS = {"the provider": "ours", PUSHED: "pushed", "one trigger per conversation, every 30 s": "naive"}


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next event; the sandbox's clock goes along."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(self.Selector(self))
        self.sandbox, self.now = sandbox, 0.0

    def time(self) -> float:
        return self.now

    class Selector(selectors.DefaultSelector):
        """Waits for nothing but time."""

        def __init__(self, loop: JumpingLoop) -> None:
            super().__init__()
            self.loop = loop

        def select(self, timeout: float | None = None) -> Any:
            ready = super().select(0)
            if not ready and timeout:
                self.loop.now += timeout
                self.loop.sandbox.clock.advance(timeout)
            return ready


class InMemory(httpx.AsyncBaseTransport):
    """Hands requests to a sandbox, and counts them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.requests = sandbox, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        answer = self.sandbox.handle(
            HttpRequest(
                method=request.method,
                path=request.url.path,
                query=request.url.query.decode(),
                headers=dict(request.headers),
                body=b"",
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)


def talk(sandbox: Sandbox, customer: str) -> str:
    """Open a conversation with a customer; give its SID."""
    headers = {
        "authorization": credentials(sandbox).header,
        "content-type": "application/x-www-form-urlencoded",
    }
    request = {"method": "POST", "headers": headers, "query": ""}
    made = sandbox.handle(HttpRequest(path="/v1/Conversations", body=b"", **request))
    sid = json.loads(made.body)["sid"]
    pair = f"MessagingBinding.Address=%2B{customer[1:]}&MessagingBinding.ProxyAddress=%2B13115550100"
    added = sandbox.handle(
        HttpRequest(path=f"/v1/Conversations/{sid}/Participants", body=pair.encode(), **request)
    )
    assert added.status == 201, added.body
    return sid


def credentials(sandbox: Sandbox) -> BasicCredentials:
    connection = sandbox.connection()
    return BasicCredentials(connection["login"], connection["password"])


async def wait_as_we_do(client: AsyncClient, sid: str, clock: Any) -> bool:
    """Wait for a day; say whether somebody replied."""
    polling = PollSchedule(clock(), clock() + DAY)
    try:
        return (await client.run(wait_for(ReplyWaiter(sid, -1), polling, clock=clock))).replied
    except WaitTimedOut:
        return False


async def wait_for_events(client: AsyncClient, sid: str, clock: Any, events: dict[str, Wakeup]) -> bool:
    """The same with an events queue, whose event comes in the moment of the reply."""
    polling = SafetyNetSchedule(clock(), clock() + DAY)
    wakeup = events[sid] = Wakeup(clock())
    waiting = wait_for(ReplyWaiter(sid, -1), polling, clock=clock)
    try:
        return (await client.run(waiting, sleep=wakeup.sleep)).replied
    except WaitTimedOut:
        return False


async def wait_naively(transport: InMemory, headers: dict[str, str], sid: str, clock: Any) -> bool:
    """The same, as a trigger of twenty lines would."""
    deadline = clock() + DAY
    async with httpx.AsyncClient(transport=transport, headers=headers) as http:
        while clock() < deadline:
            await asyncio.sleep(NAIVE_PAUSE)
            page = await http.get(f"http://localhost/v1/Conversations/{sid}/Messages?Order=desc&PageSize=1")
            if any(one["participant_sid"] for one in page.json()["messages"]):
                return True
    return False


class SimulatedDay:
    """A day of waits: some that nobody answers, some that are answered after seconds or hours."""

    def __init__(self, way: str) -> None:
        self.way, self.sandbox = way, Sandbox(seed=7, frozen=True)
        self.sandbox.settings.update({"rate_limits": False})  # all conversations are made in one moment
        self.transport = InMemory(self.sandbox)
        self.settings = Settings(credentials(self.sandbox), Hosts(base_url="http://localhost"))
        dice = random.Random(7)  # noqa: S311
        customers = [f"+1202555{n:04d}" for n in range(SILENT + ANSWERED)]
        self.sids = {customer: talk(self.sandbox, customer) for customer in customers}
        self.silent = customers[:SILENT]
        self.replies = {one: 10 * (DAY / 20) ** dice.random() for one in customers[SILENT:]}
        self.delays: list[tuple[float, float]] = []
        self.events: dict[str, Wakeup] = {}

    def clock(self) -> float:
        return self.sandbox.clock.now().timestamp()

    async def wait(self, customer: str, client: AsyncClient) -> None:
        began = self.clock()
        if self.way == "ours":
            found = await wait_as_we_do(client, self.sids[customer], self.clock)
        elif self.way == "pushed":
            found = await wait_for_events(client, self.sids[customer], self.clock, self.events)
        else:
            headers = {"Authorization": self.settings.credentials.header}
            found = await wait_naively(self.transport, headers, self.sids[customer], self.clock)
        assert found == (customer in self.replies)
        if found:
            after = self.replies[customer]
            self.delays.append((after, self.clock() - began - after))

    async def say(self, customer: str) -> None:
        await asyncio.sleep(self.replies[customer])
        self.sandbox.customer(customer).says("Yes")
        if self.way == "pushed":
            self.events[self.sids[customer]].wake()

    async def everything(self) -> int:
        """Let the silent ones be waited for, then the others; give what the silent ones cost."""
        client = AsyncClient(self.settings, transport=self.transport)
        await asyncio.gather(*(self.wait(one, client) for one in self.silent))
        silent = self.transport.requests
        waits = [self.wait(one, client) for one in self.replies]
        await asyncio.gather(*waits, *(self.say(one) for one in self.replies))
        return silent

    def figures(self) -> dict[str, float]:
        loop = JumpingLoop(self.sandbox)
        try:
            silent = loop.run_until_complete(self.everything())
        finally:
            loop.close()
        return {
            "requests a wait-day": silent / SILENT,
            "requests until the reply": (self.transport.requests - silent) / ANSWERED,
            "wake-up delay, median s": statistics.median(delay for _, delay in self.delays),
            "wake-up delay, longest s": max(delay for _, delay in self.delays),
            "wake-up delay, median % of the wait": 100
            * statistics.median(delay / after for after, delay in self.delays),
        }


def main() -> None:
    """Print the table."""
    logging.disable()
    figures = {name: SimulatedDay(way).figures() for name, way in WAYS.items()}
    for name, way in WAYS.items():
        if way == "pushed":
            continue  # in the loop it is as the provider's is
        with served() as connection:
            environment = os.environ | {"AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(connection)}
            done = subprocess.run(
                [sys.executable, str(ONE_LOOP), way],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
        figures[name] |= json.loads(done.stdout.splitlines()[-1])
    table = Table(title="Waiting for replies: a simulated day, and 1,000 waits in one event loop")
    table.add_column("what")
    for name in WAYS:
        table.add_column(name, justify="right")
    for what in next(iter(figures.values())):
        shown = [figures[name].get(what) for name in WAYS]
        table.add_row(what, *("" if one is None else f"{round(one, 2) + 0:,.2f}" for one in shown))
    show("waits", table)


if __name__ == "__main__":
    main()
