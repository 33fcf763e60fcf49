"""Client CPU of one request, one at a time and many at once: our clients, ``twilio``'s, and httpx's.

All send the same POST to a small server in a process of its own and read its answer as a conversation
(httpx: as JSON), in turn, so that only the client's own work counts.
"""

from __future__ import annotations

import asyncio
import logging
import re
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from rich.table import Table
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as TwilioClient

from airflow_provider_flexout.twilio.api.conversations import create_conversation
from airflow_provider_flexout.twilio.http.client import AsyncClient, Client
from airflow_provider_flexout.twilio.http.limits.rate_limiter import RateLimiter
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Hosts, Settings
from tests.bench.shown import show

ROUNDS, REQUESTS, AT_ONCE = 5, 1000, (1, 50, 200)
ACCOUNT, TOKEN = "AC" + "0" * 32, "token"
NAME = "flexout_fx" + "0" * 32
Send = Callable[[], Awaitable[Any]]


@contextmanager
def server() -> Iterator[str]:
    """Run the small server in a process of its own; give its URL."""
    script = Path(__file__).with_name("small_server.py")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def cpu_of(send: Callable[[], Any]) -> float:
    """Give the milliseconds of CPU of one request out of many, one after the other."""
    for _ in range(20):
        send()  # warms up
    began = time.process_time()
    for _ in range(REQUESTS):
        send()
    return (time.process_time() - began) * 1000 / REQUESTS


async def cpu_at_once(send: Send, at_once: int) -> float:
    """Give the milliseconds of CPU of one request out of many, so many at once."""

    async def several(times: int) -> None:
        for _ in range(times):
            await send()

    await asyncio.gather(*(several(2) for _ in range(at_once)))  # opens the connections
    began = time.process_time()
    await asyncio.gather(*(several(REQUESTS // at_once) for _ in range(at_once)))
    return (time.process_time() - began) * 1000 / REQUESTS


def our_client(url: str) -> float:
    with Client(settings(url)) as client:
        return cpu_of(lambda: client.send(create_conversation(unique_name=NAME, attributes={})))


def twilio_sync(url: str) -> float:
    class Http(TwilioHttpClient):
        def request(self, method: str, asked: str, *args: Any, **kwargs: Any) -> Any:
            return super().request(method, re.sub(r"https://[^/]+", url, asked), *args, **kwargs)

    twilio = TwilioClient(ACCOUNT, TOKEN, http_client=Http())
    return cpu_of(lambda: twilio.conversations.v1.conversations.create(unique_name=NAME, attributes="{}"))


async def our_async_client(url: str, at_once: int) -> float:
    async with AsyncClient(settings(url), rate_limiter=RateLimiter(concurrency=max(AT_ONCE))) as client:
        return await cpu_at_once(
            lambda: client.send(create_conversation(unique_name=NAME, attributes={})), at_once
        )


async def twilio_async(url: str, at_once: int) -> float:
    class Http(AsyncTwilioHttpClient):
        async def request(self, method: str, asked: str, *args: Any, **kwargs: Any) -> Any:
            return await super().request(method, re.sub(r"https://[^/]+", url, asked), *args, **kwargs)

    async with Http() as http_client:
        conversations = TwilioClient(ACCOUNT, TOKEN, http_client=http_client).conversations.v1.conversations
        return await cpu_at_once(
            lambda: conversations.create_async(unique_name=NAME, attributes="{}"), at_once
        )


async def httpx_async(url: str, at_once: int) -> float:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(auth=(ACCOUNT, TOKEN), limits=limits) as client:

        async def send() -> Any:
            form = {"UniqueName": NAME, "Attributes": "{}"}
            return (await client.post(f"{url}/v1/Conversations", data=form)).json()

        return await cpu_at_once(send, at_once)


def settings(url: str) -> Settings:
    return Settings(BasicCredentials(ACCOUNT, TOKEN), Hosts(base_url=url))


def main() -> None:
    """Print the table."""
    logging.disable()
    warnings.simplefilter("ignore")  # twilio passes aiohttp an argument that will go away
    alone = {"our Client": our_client, "twilio, sync": twilio_sync}
    together = {
        "our AsyncClient": our_async_client,
        "twilio, async": twilio_async,
        "httpx.AsyncClient": httpx_async,
    }
    figures: dict[tuple[str, int], list[float]] = {}
    with server() as url:
        for _ in range(ROUNDS):
            for what, measure in alone.items():
                figures.setdefault((what, 1), []).append(measure(url))
            for at_once in AT_ONCE:
                for what, measure_at_once in together.items():
                    figures.setdefault((what, at_once), []).append(asyncio.run(measure_at_once(url, at_once)))
    table = Table(title=f"Client CPU of one request, {ROUNDS} x {REQUESTS}")
    for column in ("what", "at once", "median ms", "min", "max"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for (what, at_once), took in figures.items():
        table.add_row(what, str(at_once), *(f"{f(took):.2f}" for f in (statistics.median, min, max)))
    show("transports", table)


if __name__ == "__main__":
    main()
