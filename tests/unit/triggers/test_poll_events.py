"""``PollTrigger`` where the connection has an events queue: woken by events, and right without them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator

import pytest

from airflow_provider_flexout.connection.event_queue import EventQueue
from airflow_provider_flexout.events import Event
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.triggers.poll import PollTrigger
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from tests.redis_server import RedisServer

MESSAGE = "IM" + "3" * 32


@pytest.fixture
def redis_server(tmp_path, monkeypatch, use_connection) -> Iterator[RedisServer]:
    """A Redis that the connection names; and nobody waits for Airflow's scheduler."""
    monkeypatch.setattr("airflow_provider_flexout.outreach.timing.POLL_SHORTEST", 0.0)
    with RedisServer(tmp_path) as server:
        use_connection(events_queue=server.url)
        yield server


@pytest.fixture
def often(monkeypatch) -> None:
    """Let the safety net be as close as a test can wait for."""
    monkeypatch.setattr("airflow_provider_flexout.outreach.timing.SAFETY_NET_SHORTEST", 0.5)


@pytest.fixture
def talks(served):
    """Open conversations, each with a customer, in which nobody has said anything."""
    from airflow_provider_flexout.sandbox.rules import conversations, participants

    made = {}
    for n in range(3):
        row = conversations.create(served._store, {}, "system")
        address = f"+1202555{n:04d}"
        participants.add(served._store, row, address=address, proxy_address="+13115550100")
        made[row.sid] = served.customer(address)
    return made


def trigger(conversation_sid: str, deadline: float | None = None) -> PollTrigger:
    began = time.time()
    return PollTrigger(
        waiter={"kind": "reply", "conversation_sid": conversation_sid, "after": -1, "asked_at": None},
        flexout_conn_id="flexout_default",
        started_at=began,
        deadline=deadline and began + deadline,
    )


async def event_of(waiting: PollTrigger):
    events = [event.payload async for event in waiting.run()]
    [payload] = events  # it is told of once
    return payload


async def push(server: RedisServer, *conversation_sids: str) -> None:
    queue = EventQueue(server.url)
    await queue.append([json.dumps(Event("reply", sid, MESSAGE).payload()) for sid in conversation_sids])
    await queue.aclose()


def reads_of(served, sid: str) -> int:
    return sum(sid in request.path for request in served.requests)


async def until(condition) -> None:
    while not condition():  # noqa: ASYNC110 - the sandbox is another thread
        await asyncio.sleep(0.02)


def test_an_event_wakes_the_wait_that_it_is_for_and_no_other_reads_anything(served, talks, redis_server):
    replied, *silent = talks

    async def everything():
        waits = {sid: asyncio.create_task(event_of(trigger(sid))) for sid in talks}
        await asyncio.to_thread(talks[replied].says, "Yes")
        await push(redis_server, replied)
        found = await waits[replied]
        for sid in silent:
            waits[sid].cancel()
        await asyncio.gather(*waits.values(), return_exceptions=True)
        return found

    found = asyncio.run(everything())
    assert (found["found"]["conversation_sid"], found["found"]["count"]) == (replied, 1)
    assert [reads_of(served, sid) for sid in silent] == [0, 0]
    assert 0 < reads_of(served, replied) <= 3  # the messages, who wrote them, and whether it is closed


def test_an_event_that_comes_twice_or_for_another_message_changes_nothing(served, talks, redis_server):
    sid = next(iter(talks))

    async def everything():
        waiting = asyncio.create_task(event_of(trigger(sid)))
        await push(redis_server, sid, sid)
        await until(lambda: reads_of(served, sid))
        assert not waiting.done()
        await asyncio.to_thread(talks[sid].says, "Yes")
        await push(redis_server, sid, sid)
        return await waiting

    assert asyncio.run(everything())["found"]["count"] == 1


def test_a_message_that_twilio_lists_after_its_event_is_found_soon(served, talks, redis_server):
    sid = next(iter(talks))

    async def everything():
        waiting = asyncio.create_task(event_of(trigger(sid)))
        await push(redis_server, sid)
        await until(lambda: reads_of(served, sid))
        await asyncio.to_thread(talks[sid].says, "Yes")
        return await waiting

    assert asyncio.run(everything())["found"]["count"] == 1


@pytest.mark.usefixtures("often")
def test_an_event_that_is_lost_costs_time_and_nothing_else(talks, redis_server):
    sid = next(iter(talks))

    async def everything():
        waiting = asyncio.create_task(event_of(trigger(sid)))
        await asyncio.to_thread(talks[sid].says, "Yes")
        return await waiting

    assert asyncio.run(everything())["found"]["count"] == 1


@pytest.mark.usefixtures("often")
def test_without_its_queue_a_wait_goes_on(talks, redis_server):
    sid = next(iter(talks))
    redis_server.kill()

    async def everything():
        waiting = asyncio.create_task(event_of(trigger(sid)))
        await asyncio.to_thread(talks[sid].says, "Yes")
        return await waiting

    assert asyncio.run(everything())["found"]["count"] == 1


def test_a_deadline_comes_on_time(talks, redis_server):
    event = asyncio.run(event_of(trigger(next(iter(talks)), deadline=0.5)))
    assert "timed_out" in event


def test_two_triggerers_and_an_event_for_a_wait_of_the_other(served, talks, redis_server):
    """Each has its own event loop, in a thread here, and tells of its own wait alone."""
    mine, others, _ = talks

    async def wait(sid):
        return await event_of(trigger(sid))

    async def both():
        waits = [asyncio.create_task(asyncio.to_thread(asyncio.run, wait(sid))) for sid in (mine, others)]
        await until(lambda: redis_server.client.info("clients")["blocked_clients"] == 2)
        for sid in (others, mine):
            await asyncio.to_thread(talks[sid].says, "Yes")
            await push(redis_server, sid)
        return await asyncio.gather(*waits)

    assert [event["found"]["conversation_sid"] for event in asyncio.run(both())] == [mine, others]


def test_what_came_while_no_triggerer_was_there_is_found_at_once(talks, redis_server):
    sid = next(iter(talks))
    _, arguments = trigger(sid).serialize()
    assert redis_server.url not in json.dumps(arguments)

    async def restarted():
        first = asyncio.create_task(event_of(PollTrigger(**arguments)))
        await until(lambda: redis_server.client.info("clients")["blocked_clients"] == 1)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await asyncio.to_thread(talks[sid].says, "Yes")
        await push(redis_server, sid)
        return await event_of(PollTrigger(**json.loads(json.dumps(arguments))))

    assert asyncio.run(restarted())["found"]["count"] == 1


def test_events_during_an_outage_do_not_end_a_wait(served, talks, redis_server, monkeypatch):
    monkeypatch.setattr("airflow_provider_flexout.outreach.timing.OUTAGE_PAUSE", 0.2)
    sid = next(iter(talks))
    served.faults.fail("ListConversationMessage", status=503, times=None)

    async def everything():
        waiting = asyncio.create_task(event_of(trigger(sid)))
        for _ in range(40):
            await push(redis_server, sid)
        await until(lambda: reads_of(served, sid))
        await asyncio.to_thread(talks[sid].says, "Yes")
        served.faults.clear()
        return await waiting

    assert asyncio.run(everything())["found"]["count"] == 1


def test_a_conversation_that_is_closed_ends_the_wait_at_its_event(served, talks, redis_server):
    sid = next(iter(talks))

    async def everything():
        waiting = asyncio.create_task(event_of(trigger(sid)))
        await push(redis_server, sid)
        await until(lambda: reads_of(served, sid))
        async with FlexHook().shared_async_conn() as client:
            await client.send(update_conversation(sid, state="closed"))
        closed = Event("channel", sid, interaction_sid="KD" + "4" * 32, status="closed").payload()
        queue = EventQueue(redis_server.url)
        await queue.append([json.dumps(closed)])
        await queue.aclose()
        return await waiting

    event = asyncio.run(everything())
    assert event["permanent"] is True
    assert "was closed before the customer replied" in event["error"]


@pytest.mark.parametrize("kind", ["task", "receipt"])
def test_stages_and_receipts_are_woken_too(served, opened, run, redis_server, kind):
    from airflow_provider_flexout.operators.message import SendConversationMessageOperator
    from airflow_provider_flexout.outreach.waiters import InteractionWaiter, MessageWaiter, serialize

    if kind == "task":
        sids = {name: opened[name] for name in ("interaction_sid", "channel_sid", "task_sid")}
        workspace = served.connection()["extra"]["workspace_sid"]
        waiter = InteractionWaiter(workspace_sid=workspace, until="assigned", **sids)
        event = Event("task", task_sid=opened["task_sid"], status="assigned")
    else:
        operator = SendConversationMessageOperator(
            task_id="tell", conversation_sid=opened["conversation_sid"], body="Hello"
        )
        sent = run(operator).xcoms["return_value"]
        waiter = MessageWaiter(opened["conversation_sid"], sent["message_sid"], "sent")
        event = Event("receipt", opened["conversation_sid"], sent["message_sid"], status="sent")

    async def everything():
        arguments = {"waiter": serialize(waiter), "flexout_conn_id": "flexout_default"}
        waiting = PollTrigger(started_at=time.time(), deadline=None, **arguments)
        queue = EventQueue(redis_server.url)
        await queue.append([json.dumps(event.payload())])
        await queue.aclose()
        return await event_of(waiting)

    assert asyncio.run(everything())["found"] in {"assigned", "sent", "delivered", "read"}
