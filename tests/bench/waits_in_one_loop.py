"""A thousand waits in one event loop, as in a triggerer: memory, and how long the loop stands still.

``waits.py`` runs this as a process of its own, once for the provider's trigger and once for a naive one.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
import time
from typing import Any

import httpx
import psutil
from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_flexout.triggers.poll import PollTrigger

WAITS, WARM_UP, WATCHED, HEARTBEAT = 1000, 8.0, 25.0, 0.01
BLOCKED = 0.2  # Airflow's triggerer warns from here on
NAIVE_PAUSE = 30.0

CONNECTION = json.loads(os.environ["AIRFLOW_CONN_FLEXOUT_DEFAULT"])
REACH = {
    "base_url": CONNECTION["extra"]["base_url"],
    "auth": (CONNECTION["login"], CONNECTION["password"]),
    "timeout": 60,
}


class NaiveTrigger(BaseTrigger):
    """As one finds them: a client of its own, a fixed pause."""

    def __init__(self, sid: str) -> None:
        super().__init__()
        self.sid = sid

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return "NaiveTrigger", {"sid": self.sid}

    async def run(self) -> Any:
        async with httpx.AsyncClient(**REACH) as http:
            while True:
                page = await http.get(f"/v1/Conversations/{self.sid}/Messages?Order=desc&PageSize=1")
                if page.json()["messages"]:
                    yield TriggerEvent({})
                await asyncio.sleep(NAIVE_PAUSE)


def our_trigger(sid: str) -> PollTrigger:
    """The provider's, waiting for a reply from now on."""
    watch = {"kind": "reply", "conversation_sid": sid, "after": -1, "asked_at": None}
    return PollTrigger(waiter=watch, flexout_conn_id="flexout_default", started_at=time.time(), deadline=None)


async def run(trigger: BaseTrigger) -> None:
    async for _ in trigger.run():
        return


async def beat(lags: list[float]) -> None:
    """Note how much later than asked for the loop comes back."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(HEARTBEAT)
        lags.append(time.perf_counter() - began - HEARTBEAT)


async def measure(make: Any, sids: list[str]) -> dict[str, float]:
    """Start a trigger per conversation; look at them until each has looked at its own."""
    first = asyncio.create_task(run(make(sids[0])))
    await asyncio.wait([first], timeout=WARM_UP)
    gc.collect()
    before, lags = psutil.Process().memory_info().rss, []
    beating = asyncio.create_task(beat(lags))
    waits = [asyncio.create_task(run(make(sid))) for sid in sids]
    await asyncio.sleep(WATCHED)
    held = psutil.Process().memory_info().rss - before
    for task in (*waits, first, beating):
        task.cancel()
    await asyncio.gather(*waits, first, beating, return_exceptions=True)
    return {
        "memory a wait, KiB": held / len(waits) / 1024,
        "event loop's longest standstill, s": max(lags),
        f"standstills over {BLOCKED} s": sum(lag > BLOCKED for lag in lags),
    }


def main() -> None:
    """Print the figures as JSON."""
    logging.disable()
    with httpx.Client(**REACH) as http:
        sids = [http.post("/v1/Conversations").json()["sid"] for _ in range(WAITS)]
    make = our_trigger if sys.argv[1] == "ours" else NaiveTrigger
    sys.stdout.write(json.dumps(asyncio.run(measure(make, sids))) + "\n")


if __name__ == "__main__":
    main()
