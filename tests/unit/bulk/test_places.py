"""Who of a campaign's contacts goes on next."""

from __future__ import annotations

import asyncio

import pytest

from airflow_provider_flexout.bulk.places import Places


async def let_all_go_on() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_no_more_are_in_progress_than_there_are_places():
    async def go() -> int:
        places, most, now = Places(3), 0, 0

        async def contact() -> None:
            nonlocal most, now
            async with places.place():
                now += 1
                most = max(most, now)
                await asyncio.sleep(0)
                now -= 1
                async with places.aside():
                    await asyncio.sleep(0)
                now += 1
                most = max(most, now)
                await asyncio.sleep(0)
                now -= 1

        await asyncio.gather(*(contact() for _ in range(20)))
        return most

    assert asyncio.run(go()) == 3


def test_a_contact_that_stepped_aside_resumes_before_a_new_one_starts():
    async def go() -> list[str]:
        places, said, called = Places(1), [], asyncio.Event()

        async def begun() -> None:
            async with places.place():
                async with places.aside():
                    await called.wait()
                said.append("goes on")

        async def holds() -> None:
            async with places.place():
                await let_all_go_on()
                called.set()
                await let_all_go_on()

        async def begins() -> None:
            async with places.place():
                said.append("begins")

        await asyncio.gather(begun(), holds(), begins(), begins())
        return said

    assert asyncio.run(go()) == ["goes on", "begins", "begins"]


@pytest.mark.parametrize("in_the_same_moment", [False, True])
def test_the_place_of_one_who_is_cancelled_is_not_lost(in_the_same_moment):
    async def go() -> bool:
        places, free = Places(1), asyncio.Event()

        async def holds() -> None:
            async with places.place():
                await free.wait()
                if not in_the_same_moment:
                    waiting.cancel()
                    await let_all_go_on()
            waiting.cancel()

        async def waits() -> None:
            async with places.place():
                pass

        holder = asyncio.create_task(holds())
        await let_all_go_on()
        waiting = asyncio.create_task(waits())
        await let_all_go_on()
        free.set()
        await asyncio.gather(holder, waiting, return_exceptions=True)
        await asyncio.wait_for(waits(), 30)
        return waiting.cancelled()

    assert asyncio.run(go())
