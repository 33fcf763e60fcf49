"""Ways to reach many contacts, each run in a process of its own.

``python -m tests.bench.bulk.ways WAY COUNT FILE`` writes to the file, as JSON, the seconds and the CPU
seconds that it took, and the memory at its peak above what the process had before. The connection comes from
the environment, as in a task.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.bulk import AT_ONCE

BODY = "Your order is late."
CONNECTION = json.loads(os.environ.get("AIRFLOW_CONN_FLEXOUT_DEFAULT", "{}"))
EXTRA = CONNECTION.get("extra", {})


def numbers(count: int, first: int) -> list[str]:
    return [f"+1202{first + place:07d}" for place in range(count)]


def to_sandbox(http_client: type) -> Any:
    """Make a client of the ``twilio`` package that sends to the sandbox."""

    class SandboxHttpClient(http_client):  # type: ignore[misc]
        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            return super().request(method, re.sub(r"https://[^/]+", EXTRA["base_url"], url), *args, **kwargs)

    return SandboxHttpClient


def interaction(number: str) -> dict[str, Any]:
    """Write the one request that opens a conversation, as Twilio's page shows it."""
    names = ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")
    return {
        "channel": {
            "type": "sms",
            "initiated_by": "agent",
            "participants": [{"address": number, "proxy_address": EXTRA["sms_from"]}],
        },
        "routing": {"properties": {**{name: EXTRA[name] for name in names}, "attributes": {"from": number}}},
    }


def conversation_of(opened: Any) -> str:
    return str(json.loads(opened.routing["properties"]["attributes"])["conversationSid"])


def twilio_loop(count: int, first: int) -> None:
    """Loop over the synchronous ``twilio`` client: two requests a contact."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    client = Client(CONNECTION["login"], CONNECTION["password"], http_client=to_sandbox(TwilioHttpClient)())
    for number in numbers(count, first):
        opened = client.flex_api.v1.interaction.create(**interaction(number))
        client.conversations.v1.conversations(conversation_of(opened)).messages.create(body=BODY)


def twilio_async(count: int, first: int) -> None:
    """Do the same with the asynchronous ``twilio`` client, as many at once as the operator."""
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.rest import Client

    async def reach_all() -> None:
        http_client = to_sandbox(AsyncTwilioHttpClient)()
        client = Client(CONNECTION["login"], CONNECTION["password"], http_client=http_client)
        places = asyncio.Semaphore(AT_ONCE)

        async def reach(number: str) -> None:
            async with places:
                opened = await client.flex_api.v1.interaction.create_async(**interaction(number))
                messages = client.conversations.v1.conversations(conversation_of(opened)).messages
                await messages.create_async(body=BODY)

        await asyncio.gather(*(reach(number) for number in numbers(count, first)))
        await http_client.close()

    asyncio.run(reach_all())


def operator(count: int, first: int) -> None:
    """Run ``BulkOutreachOperator``: five requests a contact, each contact once whatever happens."""
    from airflow.sdk.bases.operator import ExecutorSafeguard

    from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
    from tests.bench.client_cpu import TaskInstance

    ti = TaskInstance("bulk")
    ti.try_number = int(os.environ.get("TRY_NUMBER", "1"))  # type: ignore[misc]
    task = BulkOutreachOperator(
        task_id="reach",
        contacts=os.environ["CONTACTS"] if "CONTACTS" in os.environ else rows(count, first),
        channel="sms",
        message=BODY,
        concurrency=AT_ONCE,
        results=os.environ.get("RESULTS"),
    )
    ExecutorSafeguard.tracker.set(task)  # as Airflow's task runner does
    task.execute({"ti": ti})  # type: ignore[arg-type,typeddict-item]


def rows(count: int, first: int) -> list[dict[str, str]]:
    return [{"to": number} for number in numbers(count, first)]


WAYS: dict[str, Callable[[int, int], None]] = {
    "twilio loop": twilio_loop,
    "twilio async": twilio_async,
    "operator": operator,
}


def peak() -> float:
    """Give the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Warm up, run a way, and print what it took."""
    logging.disable()  # the package logs each header
    warnings.filterwarnings("ignore")
    way, count = WAYS[sys.argv[1]], int(sys.argv[2])
    first = int(os.environ.get("FIRST", "3000000"))
    if "CONTACTS" not in os.environ:
        way(2, first - 10)  # imports what it needs
    before, began, cpu = peak(), time.perf_counter(), time.process_time()
    way(count, first)
    took = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "memory": peak() - before,
    }
    Path(sys.argv[3]).write_text(json.dumps(took))


if __name__ == "__main__":
    main()
