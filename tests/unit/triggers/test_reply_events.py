"""``FlexReplyTrigger`` where the connection has an events queue: each pushed reply fires once, and soon."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from airflow_provider_flexout.connection.event_queue import EventQueue
from airflow_provider_flexout.events import Event, read_event
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.triggers.asset_events import replies_of
from airflow_provider_flexout.triggers.reply import FlexReplyTrigger
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from tests.redis_server import RedisServer
from tests.unit.triggers.asset_state import Store

MANY = 30
PATIENCE = 300.0
"""Seconds, for a busy machine, after which what is waited for will not come any more."""
ADA, BEN, CHLOE = (f"+1202555{n:04d}" for n in range(3))


class WatchedStore(Store):
    """An asset's state store, and when it keeps what."""

    async def keeps(self, event, server):
        """Wait until an event is among those that have fired; each entry of the queue is an opportunity."""
        give_up = time.monotonic() + PATIENCE
        while event.message_sid not in self.kept["flexout_replies"]["told"]:
            assert time.monotonic() < give_up
            await push(server, Event("receipt", event.conversation_sid, event.message_sid, status="read"))


def started_store(moment: datetime | None = None) -> WatchedStore:
    """Make the store of a trigger that began at a moment, by default now, and has fired nothing yet."""
    store, at = WatchedStore(), (moment or datetime.now(timezone.utc)).isoformat(timespec="seconds")
    store.kept["flexout_replies"] = {"at": at, "since": at, "told": []}
    return store


class Talks:
    """The conversations that two DAGs opened: that with Ben is of another one than those of the others."""

    def __init__(self, served, run):
        self.served, self.sids = served, {}
        for n, customer in enumerate((ADA, BEN, CHLOE)):
            operator = CreateInteractionOperator(task_id="open", channel="sms", to=customer)
            opened = run(operator, dag_id="bills" if customer == BEN else "orders", map_index=n)
            self.sids[customer] = opened.xcoms["conversation_sid"]

    async def says(self, customer) -> Event:
        """Let a customer write; give what Twilio would push of it."""
        await asyncio.to_thread(
            self.served.customer(customer).says, "Yes", in_conversation=self.sids[customer]
        )
        conversation = next(one for one in self.served.conversations if one.sid == self.sids[customer])
        message = conversation.transcript[-1]
        author = next(one.sid for one in conversation.participants if one.address == customer)
        at = message.at.replace(microsecond=0)
        return Event("reply", conversation.sid, message.sid, author, index=message.index, time=at)

    def reads(self, customer, what="Messages") -> int:
        path = f"/v1/Conversations/{self.sids[customer]}/{what}"
        return sum(one.path.startswith(path) and one.method == "GET" for one in self.served.requests)

    @property
    def polls(self) -> int:
        """How often the open conversations were listed."""
        return sum(one.operation == "ListConversation" for one in self.served.requests)


@pytest.fixture
def redis_server(tmp_path, use_connection) -> Iterator[RedisServer]:
    """A Redis that the connection names."""
    with RedisServer(tmp_path) as server:
        use_connection(events_queue=server.url)
        yield server


@pytest.fixture
def talks(served, run, redis_server) -> Talks:
    return Talks(served, run)


@asynccontextmanager
async def listening(store=None, repetitions=None, **arguments) -> AsyncIterator[list]:
    """Collect the payloads of what a trigger fires, during a block, and its repetitions in a list."""
    made = FlexReplyTrigger(**{"poll_interval": 0.02} | arguments)
    made.asset_state_store = store
    fired: list = []
    repetitions = [] if repetitions is None else repetitions

    async def listen():
        async for event in made.run():
            (repetitions if "repeated" in event.payload else fired).append(event.payload)

    task = asyncio.create_task(listen())
    try:
        yield fired
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up
        await asyncio.sleep(0.02)


async def started(server) -> None:
    """Wait until the first poll is over, and the queue is read: what somebody says from now on is told of."""
    await until(lambda: server.client.info("clients")["blocked_clients"] == 2)


async def push(server: RedisServer, *events: Event) -> None:
    queue = EventQueue(server.url)
    await queue.append([json.dumps(event.payload()) for event in events])
    await queue.aclose()


def sids(fired):
    return [one["message_sid"] for one in fired]


def told(*events):
    return sorted(one.message_sid for one in events)


def test_each_reply_of_a_burst_fires_once_and_nothing_else_is_read(talks, redis_server):
    async def burst():
        async with listening() as fired:
            await started(redis_server)
            polls, before = talks.polls, {customer: talks.reads(customer) for customer in talks.sids}
            events = [await talks.says(ADA) for _ in range(MANY)]
            for event in events:
                await push(redis_server, event, event)
            await push(redis_server, *events)
            last = await talks.says(BEN)
            await push(redis_server, last)
            await until(lambda: last.message_sid in sids(fired))
        assert sorted(sids(fired)) == told(*events, last)
        assert Counter(one["source"]["dag_id"] for one in fired) == {"orders": MANY, "bills": 1}
        assert {customer: talks.reads(customer) for customer in talks.sids} == before
        assert [talks.reads(customer, "Participants") for customer in (ADA, BEN, CHLOE)] == [1, 1, 0]
        assert talks.polls == polls
        assert "Yes" not in json.dumps(fired)
        assert ADA not in json.dumps(fired)

    asyncio.run(burst())


def test_after_a_burst_the_last_reply_is_repeated_for_airflow_and_no_reply_is_told_of_twice(
    talks, redis_server
):
    async def burst():
        repetitions: list = []
        async with listening(repetitions=repetitions) as fired:
            await started(redis_server)
            events = [await talks.says(customer) for customer in (ADA, BEN, CHLOE)]
            await push(redis_server, *events)
            await until(lambda: repetitions)
        assert sorted(sids(fired)) == told(*events)
        assert repetitions[0] == {**fired[-1], "repeated": True}
        assert [read_event(one) for one in repetitions] == [[]] * len(repetitions)
        found = replies_of({"replies": [SimpleNamespace(extra={"payload": one}) for one in repetitions]})
        assert found == []

    asyncio.run(burst())


def test_its_fields_are_those_of_a_reply_that_was_polled_for(talks, redis_server):
    async def both():
        event = await talks.says(ADA)
        async with listening(started_store(event.time)) as polled:
            await until(lambda: polled)
        await push(redis_server, event)
        talks.served.faults.fail("ListConversation", 503, times=None)
        async with listening(started_store(event.time)) as pushed:
            await until(lambda: pushed)
        assert pushed == polled

    asyncio.run(both())


def test_a_trigger_fires_for_the_dag_that_it_names_and_twilio_is_asked_once_for_all(talks, redis_server):
    async def two():
        async with listening(dag_id="orders") as orders, listening(dag_id="bills") as bills:
            await until(lambda: redis_server.client.info("clients")["blocked_clients"] == 3)
            of_ada, of_ben = await talks.says(ADA), await talks.says(BEN)
            await push(redis_server, of_ada, of_ben)
            await until(lambda: orders and bills)
        assert (sids(orders), sids(bills)) == (told(of_ada), told(of_ben))
        assert [talks.reads(customer, "Participants") for customer in (ADA, BEN)] == [1, 1]

    asyncio.run(two())


def test_what_others_write_and_what_was_written_before_fires_nothing(talks, served, redis_server):
    async def listen():
        before = await talks.says(CHLOE)
        served.clock.advance("10s")
        async with listening() as fired:
            await started(redis_server)
            agent = Event("message", talks.sids[ADA], "IM" + "9" * 32, "MB" + "8" * 32)
            elsewhere = Event("reply", "CH" + "7" * 32, "IM" + "6" * 32, "MB" + "5" * 32)
            receipt = Event("receipt", talks.sids[ADA], before.message_sid, status="read")
            redis_server.client.xadd("flexout-events", {"event": "{"})
            last = await talks.says(ADA)
            await push(redis_server, before, agent, elsewhere, receipt, last)
            await until(lambda: fired)
        assert sids(fired) == told(last)

    asyncio.run(listen())


def test_a_restarted_trigger_catches_up_by_the_queue_and_repeats_nothing(talks, redis_server):
    async def restart():
        store = started_store()
        async with listening(store) as first:
            one = await talks.says(ADA)
            await push(redis_server, one)
            await store.keeps(one, redis_server)
        two, three = await talks.says(ADA), await talks.says(BEN)
        await push(redis_server, one, two, three)
        talks.served.faults.fail("ListConversation", 503, times=None)
        async with listening(store) as second:
            await until(lambda: len(second) == 2)
            await store.keeps(three, redis_server)
            await store.keeps(two, redis_server)
        talks.served.faults.clear()
        async with listening(store) as third:
            await started(redis_server)
            four = await talks.says(CHLOE)
            await push(redis_server, two, four)
            await until(lambda: third)
        assert (sids(first), sorted(sids(second)), sids(third)) == (told(one), told(two, three), told(four))

    asyncio.run(restart())


def test_whoever_dies_before_it_is_kept_what_fired_is_followed_by_one_who_fires_again(talks, redis_server):
    async def die():
        store = started_store()
        async with listening(store, poll_interval=60) as first:
            event = await talks.says(ADA)
            await push(redis_server, event)
            await until(lambda: first)
        async with listening(store, poll_interval=60) as second:
            await until(lambda: second)
        assert sids(first) == sids(second) == told(event)

    asyncio.run(die())


def test_an_event_that_is_lost_is_found_by_a_poll_once_the_queue_was_away(talks, redis_server, caplog):
    async def lose():
        async with listening() as fired:
            await started(redis_server)
            polls = talks.polls
            await asyncio.to_thread(redis_server.kill)
            await until(lambda: "cannot be read" in caplog.text)
            lost = await talks.says(ADA)
            await asyncio.to_thread(redis_server.start)
            await until(lambda: fired)
            await push(redis_server, lost)
            last = await talks.says(BEN)
            await push(redis_server, last)
            await until(lambda: last.message_sid in sids(fired))
        assert sids(fired) == [lost.message_sid, last.message_sid]
        assert talks.polls > polls

    asyncio.run(lose())


def test_without_its_queue_it_polls(talks, redis_server):
    redis_server.kill()

    async def listen():
        store, event = started_store(), await talks.says(ADA)
        async with listening(store) as fired:
            await until(lambda: fired)
        assert sids(fired) == told(event)

    asyncio.run(listen())


def test_an_outage_of_twilio_makes_it_late_and_loses_nothing(talks, served, redis_server):
    async def listen():
        async with listening() as fired:
            await started(redis_server)
            served.faults.fail("FetchConversation", 503, times=RetryPolicy().max_attempts)
            event = await talks.says(ADA)
            await push(redis_server, event)
            await until(lambda: fired)
        assert sids(fired) == told(event)

    asyncio.run(listen())


def test_what_twilio_refuses_is_said_and_the_others_fire(talks, served, redis_server, caplog):
    async def listen():
        async with listening() as fired:
            await started(redis_server)
            served.faults.fail("FetchConversation", 403, times=1)
            refused = await talks.says(ADA)
            await push(redis_server, refused)
            await until(lambda: "so a later poll finds it" in caplog.text)
            event = await talks.says(BEN)
            await push(redis_server, event)
            await until(lambda: fired)
        assert sids(fired) == told(event)
        assert refused.message_sid in caplog.text

    asyncio.run(listen())


def test_the_log_says_how_late_a_reply_may_be_told_of_whose_event_is_lost(talks, redis_server, caplog):
    async def listen():
        with caplog.at_level("INFO", logger="airflow_provider_flexout.triggers"):
            async with listening():
                await started(redis_server)

    asyncio.run(listen())
    (line,) = (one.getMessage() for one in caplog.records if "Reading" in one.getMessage())
    assert "a reply without an event is noticed within 1 hour 20 minutes" in line


def test_nothing_of_the_queue_is_among_its_arguments(redis_server):
    assert redis_server.url not in json.dumps(FlexReplyTrigger().serialize())
    assert redis_server.url not in str(FlexReplyTrigger().shared_stream_key())
