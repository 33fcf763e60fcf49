"""Ways to reach many contacts, each run in a process of its own.

``python -m tests.bench.bulk.ways WORK FILE`` writes to the file, as JSON, what :class:`Work` took. The
connection comes from the environment, as in a task.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from airflow.sdk.bases.operator import ExecutorSafeguard

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from tests.bench.bulk import AT_ONCE
from tests.bench.client_cpu import TaskInstance

BODY = "Your order is late."
CONNECTION = json.loads(os.environ.get("AIRFLOW_CONN_FLEXOUT_DEFAULT", "{}"))
EXTRA = CONNECTION.get("extra", {})
WARM_UP = 2
"""Contacts that each process reaches before it is measured, so that everything is imported."""


@dataclass(frozen=True)
class Work:
    """What to do.

    :param way: one of ``WAYS``.
    :param count: contacts.
    :param first: the last digits of the first one's number; the others follow.
    :param contacts: a file of the same contacts, to be read in place of a list.
    :param results: a file for what became of each.
    :param try_number: of the task.
    :param warm_up: whether to reach two further contacts first.
    """

    way: str
    count: int
    first: int = 3_000_000
    contacts: str | None = None
    results: str | None = None
    try_number: int = 1
    warm_up: bool = True


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


def twilio_loop(work: Work) -> None:
    """Loop over the synchronous ``twilio`` client: two requests a contact."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    client = Client(CONNECTION["login"], CONNECTION["password"], http_client=to_sandbox(TwilioHttpClient)())
    for number in numbers(work.count, work.first):
        opened = client.flex_api.v1.interaction.create(**interaction(number))
        client.conversations.v1.conversations(conversation_of(opened)).messages.create(body=BODY)


def twilio_async(work: Work) -> None:
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

        await asyncio.gather(*(reach(number) for number in numbers(work.count, work.first)))
        await http_client.close()

    asyncio.run(reach_all())


def operator(work: Work, agent: str = "now") -> dict[str, Any]:
    """Run ``BulkOutreachOperator``: five requests a contact, each contact once whatever happens.

    With ``agent="on_reply"`` it takes four.
    """
    ti = TaskInstance("bulk")
    ti.try_number = work.try_number  # type: ignore[misc]
    task = BulkOutreachOperator(
        task_id="reach",
        contacts=work.contacts or [{"to": number} for number in numbers(work.count, work.first)],
        channel="sms",
        message=BODY,
        agent=agent,
        concurrency=AT_ONCE,
        results=work.results,
    )
    ExecutorSafeguard.tracker.set(task)  # as Airflow's task runner does
    return task.execute({"ti": ti})  # type: ignore[arg-type,typeddict-item]


WAYS: dict[str, Callable[[Work], dict[str, Any] | None]] = {
    "operator": operator,
    "operator on reply": partial(operator, agent="on_reply"),
    "twilio loop": twilio_loop,
    "twilio async": twilio_async,
}


def warm_up(work: Work) -> None:
    """Reach two others in the same way, so that everything is imported."""
    others = replace(work, count=WARM_UP, first=work.first - 10)
    if work.contacts:
        others = replace(others, contacts=f"{work.contacts}.warm-up.csv")
        Path(str(others.contacts)).write_text("\n".join(["to", *numbers(others.count, others.first)]))
    WAYS[work.way](others)


def memory(of: str) -> float:
    """Read what this process holds (``VmRSS``), or held at its peak (``VmHWM``), in MB."""
    text = Path("/proc/self/status").read_text()
    return int(re.search(rf"{of}:\s+(\d+)", text)[1]) / 1024  # type: ignore[index]


def main() -> None:
    """Warm up, do the work, and write what it took.

    The memory is what the process had at its peak above what it had with Airflow and the operator imported.
    """
    logging.disable()  # the package logs each header
    warnings.filterwarnings("ignore")
    work, bare = Work(**json.loads(sys.argv[1])), memory("VmRSS")
    way = WAYS[work.way]
    if work.warm_up:
        warm_up(work)
    began, cpu = time.perf_counter(), time.process_time()
    summary = way(work)
    took = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "bare": bare,
        "memory": memory("VmHWM") - bare,
        "summary": summary,
    }
    Path(sys.argv[2]).write_text(json.dumps(took))


if __name__ == "__main__":
    main()
