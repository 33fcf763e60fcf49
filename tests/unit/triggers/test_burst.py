"""When the last of several events is repeated, by a clock of its own."""

from __future__ import annotations

import asyncio

from airflow_provider_flexout.triggers.burst import Burst
from tests.virtual_time import run_at_once

END = 200.0


def repeated(*moments):
    """Let events fire at these seconds; give when which of them was repeated, by its number."""
    found = []

    async def fire(burst):
        clock = asyncio.get_running_loop()
        for n, moment in enumerate(moments):
            await asyncio.sleep(moment - clock.time())
            burst.note({"message_sid": n})

    async def listen(burst):
        async for _ in burst.pauses():
            while repetition := burst.repetition():
                assert repetition.pop("repeated") is True
                found.append((round(asyncio.get_running_loop().time(), 3), repetition["message_sid"]))

    async def happen():
        burst = Burst()
        listening = asyncio.create_task(listen(burst))
        await fire(burst)
        await asyncio.sleep(END)
        listening.cancel()

    run_at_once(happen())
    return found


def test_a_reply_alone_is_not_repeated():
    assert repeated(1) == []
    assert repeated(1, 6, 11, 16) == []


def test_the_last_of_a_burst_is_repeated_when_it_is_quiet_and_once_more():
    assert repeated(1, 1) == [(3, 1), (13, 1)]
    assert repeated(1, 2, 3.5, 5) == [(7, 3), (17, 3)]
    assert repeated(*[1] * 50) == [(3, 49), (13, 49)]


def test_what_fires_soon_after_a_repetition_is_repeated_as_well():
    assert repeated(1, 1, 3.5) == [(3, 1), (5.5, 2), (15.5, 2)]
    assert repeated(1, 1, 14) == [(3, 1), (13, 1), (16, 2), (26, 2)]


def test_a_reply_before_the_second_repetition_takes_its_place_and_is_what_is_repeated():
    assert repeated(1, 1, 9, 16, 40) == [(3, 1), (26, 3)]


def test_bursts_one_after_the_other():
    assert repeated(1, 1, 60, 60) == [(3, 1), (13, 1), (62, 3), (72, 3)]


def test_nothing_is_repeated_before_it_is_due():
    async def ask():
        burst = Burst()
        assert burst.repetition() is None
        burst.note({})
        burst.note({})
        assert burst.repetition() is None

    asyncio.run(ask())
