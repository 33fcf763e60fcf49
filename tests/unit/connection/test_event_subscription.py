"""Waits in an event loop that the events of a real Redis wake."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator

import pytest

from airflow_provider_flexout.connection.event_queue import EventQueue
from airflow_provider_flexout.connection.event_subscription import (
    LOOK_AGAIN,
    EventSubscription,
    Wakeup,
    event_subscription,
)
from airflow_provider_flexout.events import Event
from tests.redis_server import RedisServer
from tests.virtual_time import run_at_once

CONVERSATION, OTHER = "CH" + "1" * 32, "CH" + "2" * 32
MESSAGE, TASK, INTERACTION = "IM" + "3" * 32, "WT" + "4" * 32, "KD" + "5" * 32
LONG = 1e6


@pytest.fixture
def redis_server(tmp_path, monkeypatch) -> Iterator[RedisServer]:
    """A Redis; and nobody waits for Airflow's scheduler, or spreads what comes after it was away."""
    monkeypatch.setattr("airflow_provider_flexout.outreach.timing.POLL_SHORTEST", 0.0)
    monkeypatch.setattr("airflow_provider_flexout.connection.event_subscription.CATCH_UP", 0.5)
    with RedisServer(tmp_path) as server:
        yield server


def put(server: RedisServer, *events: Event) -> None:
    """Put events on the queue as the relay does."""

    async def append() -> None:
        queue = EventQueue(server.url)
        await queue.append([json.dumps(event.payload()) for event in events])
        await queue.aclose()

    asyncio.run(append())


def woken_by(server: RedisServer, sids: list[str], *events: Event, since: float = 0.0) -> None:
    """Wait until one of the events has woken whoever waits for some SIDs."""

    async def wait() -> None:
        async with EventSubscription(server.url).wakeup(sids, since) as wakeup:
            await asyncio.to_thread(put, server, *events)
            assert await wakeup.sleep(LONG)

    asyncio.run(wait())


REPLY = Event("reply", CONVERSATION, MESSAGE)
RECEIPT = Event("receipt", CONVERSATION, MESSAGE, status="delivered")


@pytest.mark.parametrize(
    ("sid", "event"),
    [
        (CONVERSATION, REPLY),
        (CONVERSATION, Event("message", CONVERSATION, MESSAGE)),
        (MESSAGE, RECEIPT),
        (TASK, Event("task", task_sid=TASK, status="assigned")),
        (INTERACTION, Event("channel", interaction_sid=INTERACTION, status="active")),
        (CONVERSATION, Event("channel", CONVERSATION, interaction_sid=INTERACTION, status="closed")),
    ],
)
def test_each_kind_of_event_wakes_who_waits_for_it(redis_server, sid, event):
    woken_by(redis_server, ["XX", sid], event)


def test_events_of_something_else_wake_nobody(redis_server):
    """A receipt is no news of a conversation. The last event says that the others have been read."""

    async def wait() -> list[bool]:
        subscription = EventSubscription(redis_server.url)
        async with subscription.wakeup([CONVERSATION], 0.0) as one, subscription.wakeup([TASK], 0.0) as last:
            others = [RECEIPT, Event("reply", OTHER, MESSAGE), Event("task", task_sid=TASK)]
            await asyncio.to_thread(put, redis_server, *others)
            return [await last.sleep(LONG), await one.sleep(0.0)]

    assert asyncio.run(wait()) == [True, False]


@pytest.mark.parametrize(("since", "is_woken"), [(-30.0, True), (+3600.0, False)])
def test_what_came_before_somebody_began_to_listen_counts_from_when_the_wait_began(
    redis_server, since, is_woken
):
    put(redis_server, REPLY)

    async def wait() -> bool:
        subscription = EventSubscription(redis_server.url)
        async with subscription.wakeup([TASK], 0.0) as first:
            await asyncio.to_thread(put, redis_server, Event("task", task_sid=TASK))
            assert await first.sleep(LONG)  # by now, all of the queue is read
            async with subscription.wakeup([CONVERSATION], time.time() + since) as wakeup:
                return await wakeup.sleep(LONG if is_woken else 0.0)

    assert asyncio.run(wait()) is is_woken


def test_whoever_comes_after_all_have_left_reads_the_queue_again(redis_server):
    put(redis_server, REPLY)
    subscription = EventSubscription(redis_server.url)

    async def wait() -> None:
        for _ in range(3):
            async with subscription.wakeup([CONVERSATION], 0.0) as wakeup:
                assert await wakeup.sleep(LONG)
            assert subscription._reader is None

    asyncio.run(wait())


def test_what_cannot_be_read_is_passed_over_and_said(redis_server, caplog):
    for written in ("{", '{"v": 99, "kind": "reply"}', "[]"):
        redis_server.client.xadd("flexout-events", {"event": written})
    redis_server.client.xadd("flexout-events", {"another": "field"})
    woken_by(redis_server, [CONVERSATION], REPLY)
    said = [one.getMessage() for one in caplog.records if "Passed over" in one.getMessage()]
    assert len(said) == 3
    assert "newer version" in said[1]


def test_a_queue_that_comes_back_wakes_everybody_once(redis_server, caplog):
    """While it was away, the relay was refused: what would have been on it may never come."""
    caplog.set_level(logging.INFO)
    sids = [f"CH{number:032x}" for number in range(20)]

    async def wait(subscription: EventSubscription, sid: str) -> bool:
        async with subscription.wakeup([sid], time.time()) as wakeup:
            return await wakeup.sleep(LONG)

    async def away_and_back() -> list[bool]:
        subscription = EventSubscription(redis_server.url)
        waits = [asyncio.create_task(wait(subscription, sid)) for sid in sids]
        while "cannot be read" not in caplog.text:  # noqa: ASYNC110 - the log tells nobody
            await asyncio.sleep(0.05)
        await asyncio.to_thread(redis_server.start)
        return await asyncio.gather(*waits)

    redis_server.kill()
    assert asyncio.run(away_and_back()) == [True] * len(sids)
    said = [one.getMessage() for one in caplog.records if one.name.endswith("event_subscription")]
    assert len(said) == 2
    assert "can be read again" in said[1]


def test_an_event_from_before_a_restart_of_the_queue_is_not_lost(redis_server):
    async def restart() -> bool:
        subscription = EventSubscription(redis_server.url)
        async with (
            subscription.wakeup([TASK], 0.0) as first,
            subscription.wakeup([CONVERSATION], 0.0) as wait,
        ):
            await asyncio.to_thread(put, redis_server, Event("task", task_sid=TASK))
            assert await first.sleep(LONG)
            await asyncio.to_thread(redis_server.kill)
            await asyncio.to_thread(redis_server.start)
            await asyncio.to_thread(put, redis_server, REPLY)
            return await wait.sleep(LONG)

    assert asyncio.run(restart())


def test_two_triggerers_are_both_told(redis_server):
    """Each in a process of its own has a subscription of its own; here, an event loop is enough."""
    put(redis_server, REPLY)
    woken_by(redis_server, [CONVERSATION])
    woken_by(redis_server, [CONVERSATION])


def test_nobody_is_woken_within_five_seconds_of_the_deferral():
    async def wake_at_once() -> float:
        loop = asyncio.get_running_loop()
        wakeup, began = Wakeup(0.0), loop.time()
        wakeup.wake()
        assert await wakeup.sleep(600.0)
        return loop.time() - began

    assert run_at_once(wake_at_once()) == pytest.approx(5.0)


def test_whoever_was_woken_looks_again_soon_and_then_seldom():
    async def sleeps() -> list[float]:
        loop, wakeup, slept = asyncio.get_running_loop(), Wakeup(0.0), []
        loop.call_later(100.0, wakeup.wake)
        for _ in range(4):
            began = loop.time()
            await wakeup.sleep(600.0)
            slept.append(loop.time() - began)
        return slept

    assert run_at_once(sleeps()) == pytest.approx([100.0, *LOOK_AGAIN, 600.0])


def test_an_event_during_a_look_is_not_forgotten():
    async def sleeps() -> list[bool]:
        wakeup = Wakeup(0.0)
        assert not await wakeup.sleep(600.0)
        wakeup.wake()
        return [await wakeup.sleep(600.0), await wakeup.sleep(600.0)]

    assert run_at_once(sleeps()) == [True, False]


def test_one_subscription_is_shared_in_an_event_loop(redis_server):
    async def two() -> bool:
        return event_subscription(redis_server.url) is event_subscription(redis_server.url)

    assert asyncio.run(two())
    assert event_subscription(None) is None


def test_without_a_client_for_redis_nothing_is_woken_and_the_log_says_so(monkeypatch, caplog):
    from airflow_provider_flexout.connection import event_subscription as module

    monkeypatch.setattr(module, "find_spec", lambda _: None)
    monkeypatch.setattr(module, "_warned", [])
    assert [event_subscription("redis://:secret@h") for _ in range(3)] == [None] * 3
    [warning] = caplog.messages
    assert "pip install 'airflow-provider-flexout[redis]'" in warning
    assert "secret" not in warning
