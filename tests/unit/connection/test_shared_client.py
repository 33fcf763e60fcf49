"""Many users, one client: who opens it, who closes it, and what a changed secret does."""

from __future__ import annotations

import asyncio
import json

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.twilio.api.conversations import list_conversations
from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed


@pytest.fixture
def lookups(use_connection, monkeypatch) -> list[str]:
    """The ids of the connections that were looked up."""
    found: list[str] = []
    look_up = FlexHook.aget_connection

    async def noted(conn_id: str):
        found.append(conn_id)
        await asyncio.sleep(0)  # as an answer of Airflow's API server, which lets others run
        return await look_up(conn_id)

    monkeypatch.setattr(FlexHook, "aget_connection", staticmethod(noted))
    return found


async def poll() -> AsyncClient:
    async with FlexHook().shared_async_conn() as client:
        await client.send(list_conversations(page_size=1))
        return client


def test_two_hundred_at_once_share_one_client_and_one_lookup(lookups):
    async def run() -> list[AsyncClient]:
        return await asyncio.gather(*(poll() for _ in range(200)))

    clients = asyncio.run(run())
    assert len(set(clients)) == 1
    assert lookups == ["flexout_default"]


def test_each_connection_has_a_client_of_its_own(lookups, use_connection):
    use_connection("api_key", conn_id="flexout_other")

    async def run() -> None:
        hooks = FlexHook(), FlexHook("flexout_other")
        async with hooks[0].shared_async_conn() as one, hooks[1].shared_async_conn() as other:
            assert one is not other

    asyncio.run(run())
    assert lookups == ["flexout_default", "flexout_other"]


def test_whoever_is_cancelled_takes_nothing_from_the_others(lookups):
    async def run() -> None:
        async with FlexHook().shared_async_conn() as client:
            others = [asyncio.create_task(poll()) for _ in range(20)]
            await asyncio.sleep(0)
            for task in others[::2]:
                task.cancel()
            ends = await asyncio.gather(*others, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ends[::2])
            assert all(end is client for end in ends[1::2])
            await client.send(list_conversations(page_size=1))

    asyncio.run(run())


def test_the_first_is_cancelled_while_it_looks_the_connection_up(lookups):
    async def run() -> None:
        first, second = (asyncio.create_task(poll()) for _ in range(2))
        await asyncio.sleep(0)
        assert lookups == ["flexout_default"]
        first.cancel()
        await second

    asyncio.run(run())
    assert lookups == ["flexout_default"] * 2


def test_the_last_one_out_closes_and_the_next_one_opens_again(lookups):
    async def run() -> None:
        assert await poll() is not await poll()

    asyncio.run(run())
    assert len(lookups) == 2


def test_another_event_loop_gets_its_own(lookups):
    async def run() -> AsyncClient:
        async with FlexHook().shared_async_conn() as client:
            assert await asyncio.to_thread(asyncio.run, poll()) is not client
            return await poll()

    asyncio.run(run())
    assert len(lookups) == 2


def test_a_connection_that_has_not_changed_keeps_its_client(lookups, monkeypatch):
    monkeypatch.setattr(timing, "CONNECTION_TTL", 0.0)

    async def run() -> None:
        async with FlexHook().shared_async_conn() as client:
            assert await poll() is client

    asyncio.run(run())
    assert len(lookups) == 2


def test_a_refused_secret_is_looked_up_again_by_the_next(lookups, served, monkeypatch):
    good = json.dumps(served.connection())

    async def run() -> None:
        async with FlexHook().shared_async_conn() as old:
            monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", good)
            with pytest.raises(AuthenticationFailed):
                await poll()
            assert await poll() is not old
            with pytest.raises(AuthenticationFailed):  # the old one is still its holder's
                await old.send(list_conversations(page_size=1))

    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(served.connection() | {"password": "old"}))
    asyncio.run(run())
    assert len(lookups) == 2


def test_a_lookup_that_fails_leaves_nothing_behind(lookups, served, monkeypatch):
    good = json.dumps(served.connection())
    monkeypatch.delenv("AIRFLOW_CONN_FLEXOUT_DEFAULT")

    async def run() -> None:
        with pytest.raises(Exception, match="flexout_default"):
            await poll()
        monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", good)
        await poll()

    asyncio.run(run())
