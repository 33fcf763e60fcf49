"""What a watcher's trigger makes of what is on a queue."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from airflow.sdk.module_loading import import_string

from airflow_provider_flexout.events import read_event

TIMEOUT = 120.0


def first_payload(watched: Any, put: Callable[[], object] = lambda: None) -> Any:
    """Run a trigger as Airflow does, put something on its queue, and give the payload of its event.

    :param watched: the trigger, as a watcher has it.
    :param put: puts it there.
    """
    path, arguments = watched.serialize()
    trigger = import_string(path)(**json.loads(json.dumps(arguments)))

    async def run() -> Any:
        events = trigger.run()
        first = asyncio.create_task(anext(events))
        try:
            await asyncio.to_thread(put)
            return (await asyncio.wait_for(first, TIMEOUT)).payload
        finally:
            first.cancel()
            await events.aclose()
            await trigger.cleanup()

    return json.loads(json.dumps(asyncio.run(run())))


def kinds(payload: Any) -> list[str]:
    """Give the kinds of the events in a payload."""
    return [one.kind for one in read_event(payload)]
