"""Events that arrive together reach a real Redis in one round trip, and fail together."""

from __future__ import annotations

import asyncio

from airflow_provider_flexout.connection.event_queue import EventQueue
from airflow_provider_flexout.relay.batch_writer import BatchWriter


def test_many_at_once_take_few_round_trips_and_all_are_kept(redis_server):
    async def everything() -> None:
        queue = EventQueue(redis_server.url)
        writer = BatchWriter(queue)
        await asyncio.gather(*(writer.append([f"{number}"]) for number in range(1_200)))
        await writer.append(["last"])
        await queue.aclose()

    asyncio.run(everything())
    assert redis_server.events() == [*map(str, range(1_200)), "last"]
    assert redis_server.client.info("commandstats")["cmdstat_exec"]["calls"] == 4


def test_when_the_queue_is_away_all_are_told_and_the_next_is_tried(redis_server):
    async def everything() -> list[object]:
        queue = EventQueue(redis_server.url)
        writer = BatchWriter(queue)
        redis_server.kill()
        told = await asyncio.gather(*(writer.append(["lost"]) for _ in range(3)), return_exceptions=True)
        redis_server.start()
        await writer.append(["kept"])
        await queue.aclose()
        return told

    assert [isinstance(one, Exception) for one in asyncio.run(everything())] == [True] * 3
    assert redis_server.events() == ["kept"]


def test_who_has_given_up_is_not_kept_later(redis_server):
    async def everything() -> None:
        queue = EventQueue(redis_server.url)
        writer = BatchWriter(queue)
        first = asyncio.create_task(writer.append(["first"]))
        await asyncio.sleep(0)
        given_up = asyncio.create_task(writer.append(["given up"]))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(first, given_up, return_exceptions=True)
        await writer.append(["last"])
        await queue.aclose()

    asyncio.run(everything())
    assert redis_server.events() == ["first", "last"]
