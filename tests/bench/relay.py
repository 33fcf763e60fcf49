"""How many events ``flexout relay`` takes, beside a bare Starlette application that only answers 204.

Both run under the same server, alone on one core, one after the other, three times each. The events are
signed webhooks, each of another message, over 32 connections; the relay checks them, and keeps them in a real
Redis. Then a thousand waits share a subscription, and one event after the other wakes one of them.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import psutil
from rich.table import Table
from twilio.request_validator import RequestValidator

from airflow_provider_flexout.connection.event_subscription import EventSubscription
from airflow_provider_flexout.demo.settings import HOST, free_port
from tests.bench.shown import show
from tests.redis_server import RedisServer

EVENTS, BEFORE, CONNECTIONS, ROUNDS = 5_000, 1_000, 32, 3
WAITS, WOKEN = 1_000, 200
ACCOUNT, TOKEN = "AC" + "0" * 32, "the auth token"
RELAY, BARE = "flexout relay", "a bare application"
END_OF_HEAD = b"\r\n\r\n"


def requests_for(port: int, numbers: range) -> list[bytes]:
    """Make the requests that Twilio would send of messages in conversations with these numbers."""
    validator, url, made = RequestValidator(TOKEN), f"http://{HOST}:{port}/events", []
    for n in numbers:
        form = {
            "AccountSid": ACCOUNT,
            "EventType": "onMessageAdded",
            "Source": "SMS",
            "ConversationSid": f"CH{n:032x}",
            "MessageSid": f"IM{n:032x}",
            "ParticipantSid": f"MB{n:032x}",
            "Author": "+12025550142",
            "Body": "Yes, that is a problem for us. When will it be here?",
            "Index": "1",
            "DateCreated": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        body = urlencode(form).encode()
        head = (
            f"POST /events HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-Twilio-Signature: {validator.compute_signature(url, form)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


async def send(port: int, requests: list[bytes]) -> None:
    """Send requests over some connections, each the next one after the response to the last."""
    waiting = iter(requests)

    async def work() -> None:
        reader, writer = await asyncio.open_connection(HOST, port)
        for request in waiting:
            writer.write(request)
            answer = await reader.readuntil(END_OF_HEAD)
            assert answer.startswith(b"HTTP/1.1 204"), answer
        writer.close()

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


def measure(process: psutil.Process, port: int) -> tuple[float, float]:
    """Give the events a second, and the milliseconds of CPU that the server spent on one."""
    requests = requests_for(port, range(BEFORE + EVENTS))
    asyncio.run(send(port, requests[:BEFORE]))
    before, began = process.cpu_times(), time.perf_counter()
    asyncio.run(send(port, requests[BEFORE:]))
    seconds, after = time.perf_counter() - began, process.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    return EVENTS / seconds, 1_000 * cpu / EVENTS


async def wake(port: int, queue: str) -> list[float]:
    """Give the milliseconds from each of some requests to the wake-up of the wait that it is for."""
    numbers = range(BEFORE + EVENTS, BEFORE + EVENTS + WAITS)  # of these, nothing is on the queue
    subscription, requests, taken = EventSubscription(queue), requests_for(port, numbers), []
    async with AsyncExitStack() as stack:
        waits = [
            await stack.enter_async_context(subscription.wakeup([f"CH{n:032x}"], time.time()))
            for n in numbers
        ]
        await send(port, requests[-1:])
        assert await waits[-1].sleep(60.0)  # no wait is woken in its first five seconds
        for request, wait in zip(requests[:WOKEN], waits[:WOKEN], strict=True):
            started = time.perf_counter()
            await send(port, [request])
            assert await wait.sleep(60.0)
            taken.append(1_000 * (time.perf_counter() - started))
    return taken


@contextmanager
def served(what: str, queue: str) -> Iterator[tuple[psutil.Process, int]]:
    """Run one of the two on the last core, and everything else on the others."""
    port, cores = free_port(), sorted(os.sched_getaffinity(0))
    connection = {
        "conn_type": "flexout",
        "login": ACCOUNT,
        "password": TOKEN,
        "extra": {"events_queue": queue},
    }
    module = (
        ["airflow_provider_flexout.cli.main", "relay", "--port"] if what == RELAY else ["tests.bench.relay"]
    )
    with subprocess.Popen(
        [sys.executable, "-m", *module, str(port)],
        env=os.environ | {"AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(connection)},
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            os.sched_setaffinity(process.pid, cores[-1:])
            while not answers(port):
                assert process.poll() is None, "the server has ended by itself"
                time.sleep(0.1)
            yield psutil.Process(process.pid), port
        finally:
            process.kill()


def answers(port: int) -> bool:
    """Say whether the server is there."""
    try:
        return httpx.get(f"http://{HOST}:{port}/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def serve_bare(port: int) -> None:
    """Run an application that answers 204 and does nothing, as the relay is run."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    async def receive(_: Request) -> Response:
        return Response(status_code=204)

    async def health(_: Request) -> Response:
        return Response()

    routes = [Route("/events", receive, methods=["POST"]), Route("/health", health)]
    uvicorn.run(
        Starlette(routes=routes),
        host=HOST,
        port=port,
        http="h11",
        ws="none",
        log_level="warning",
        access_log=False,
    )


def main() -> None:
    """Print the table."""
    cores = sorted(os.sched_getaffinity(0))
    figures: dict[str, list[tuple[float, float]]] = {RELAY: [], BARE: []}
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder)) as redis:
        for _ in range(ROUNDS):
            for what, measured in figures.items():
                with served(what, redis.url) as (process, port):
                    os.sched_setaffinity(0, cores[:-1] or cores)
                    measured.append(measure(process, port))
                    os.sched_setaffinity(0, cores)
        with served(RELAY, redis.url) as (_, port):
            delays = asyncio.run(wake(port, redis.url))
        kept = redis.client.xlen("flexout-events")
    assert kept >= ROUNDS * EVENTS, kept
    table = Table(title=f"Signed webhooks over HTTP, the server on one core, {ROUNDS} x {EVENTS:,}")
    for column in ("what", "events a second, median", "min", "max", "server's CPU an event, ms"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for what, measured in figures.items():
        rates = [rate for rate, _ in measured]
        cpu = statistics.median(cpu for _, cpu in measured)
        row = (statistics.median(rates), min(rates), max(rates))
        table.add_row(what, *(f"{rate:,.0f}" for rate in row), f"{cpu:.2f}")
    show("relay", table)
    table = Table(title=f"{WAITS:,} waits in one event loop, of which {WOKEN} are woken, one after the other")
    table.add_column("what")
    table.add_column("ms", justify="right")
    table.add_row("from Twilio's request to the wake-up, median", f"{statistics.median(delays):.1f}")
    table.add_row("the same, longest", f"{max(delays):.1f}")
    show("wakeup", table)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve_bare(int(sys.argv[1]))
    else:
        main()
