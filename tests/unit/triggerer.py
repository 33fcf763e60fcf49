"""Triggers run as the triggerer runs them, in an event loop whose time goes faster."""

from __future__ import annotations

import asyncio
import json
import selectors
from collections.abc import Coroutine
from typing import Any

from airflow_provider_flexout.triggers.poll import PollTrigger


class _Selector(selectors.DefaultSelector):
    def __init__(self, faster: float) -> None:
        super().__init__()
        self._faster = faster

    def select(self, timeout: float | None = None) -> Any:
        return super().select(timeout and timeout / self._faster)


class QuickLoop(asyncio.SelectorEventLoop):
    """An event loop for which many seconds go by in one."""

    def __init__(self, faster: float) -> None:
        self._faster = faster
        super().__init__(_Selector(faster))

    def time(self) -> float:
        return super().time() * self._faster


def run_quickly(work: Coroutine[Any, Any, Any], faster: float = 20) -> Any:
    """Run a coroutine to its end in such a loop."""
    loop = QuickLoop(faster)
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def fire(trigger: PollTrigger) -> dict[str, Any]:
    """Make a trigger from what Airflow's database holds of it, and run it until its event."""
    path, arguments = trigger.serialize()
    assert path == "airflow_provider_flexout.triggers.poll.PollTrigger"
    arguments = json.loads(json.dumps(arguments))

    async def first() -> dict[str, Any]:
        async for event in PollTrigger(**arguments).run():
            return json.loads(json.dumps(event.payload))
        raise AssertionError("the trigger ended without an event")

    return run_quickly(first())
