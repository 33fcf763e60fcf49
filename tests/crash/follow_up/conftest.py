"""A simulated Airflow over a sandbox in memory: days pass at once, on one clock for everybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

import httpx
import pytest
import time_machine

from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.twilio.http.client import AsyncClient, Client
from tests.crash.follow_up.story import BEGIN, Story


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Story]]:
    """Begin stories, one after the other; each on a sandbox of its own."""
    told: list[Story] = []

    class InMemory(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return told[-1].deliver(request)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return told[-1].deliver(request)

    for client in (Client, AsyncClient):
        monkeypatch.setitem(client.__init__.__kwdefaults__, "transport", InMemory())
    monkeypatch.setitem(Client.__init__.__kwdefaults__, "sleep", lambda seconds: told[-1].pass_time(seconds))

    with time_machine.travel(BEGIN, tick=False) as travel:

        def begin() -> Story:
            sandbox = Sandbox(seed=7, frozen=True, start=BEGIN)
            sandbox.settings.rate_limits = False
            connection = sandbox.connection()
            connection["extra"]["base_url"] = "http://localhost"
            monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(connection))
            travel.move_to(BEGIN)

            def set_clocks() -> None:
                now = sandbox.clock.time() + story.ahead
                travel.move_to(datetime.fromtimestamp(now, timezone.utc))

            story = Story(sandbox, set_clocks)
            told.append(story)
            return story

        yield begin


@pytest.fixture
def story(tell: Callable[[], Story]) -> Story:
    """One story."""
    return tell()
