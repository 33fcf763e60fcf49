"""``PollTrigger`` among many others in one event loop, as in a triggerer."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from airflow_provider_flexout.connection.shared_client import shared_client
from airflow_provider_flexout.triggers.poll import PollTrigger
from tests.unit.triggerer import run_quickly

MANY = 50
CUSTOMER = "+12025550117"


@pytest.fixture
def talks(served):
    """Conversations in which nobody has said anything, made where they are kept."""
    from airflow_provider_flexout.sandbox.rules import conversations, participants

    def make(count):
        sids = []
        for n in range(count):
            row = conversations.create(served._store, {}, "system")
            address = f"+1202{5_550_000 + n:07d}"
            participants.add(served._store, row, address=address, proxy_address="+13115550100")
            sids.append(row.sid)
        return sids

    return make


def trigger(conversation_sid, *, age=0.0, deadline=None):
    began = time.time() - age
    return PollTrigger(
        waiter={"kind": "reply", "conversation_sid": conversation_sid, "after": -1, "asked_at": None},
        flexout_conn_id="flexout_default",
        started_at=began,
        deadline=deadline and began + deadline,
    )


async def event_of(waiting):
    async for event in waiting.run():
        return event.payload
    raise AssertionError("the trigger ended without an event")


async def until(condition):
    while not condition():  # noqa: ASYNC110 - the sandbox is another thread
        await asyncio.sleep(0.5)


@pytest.mark.usefixtures("use_connection")
def test_many_waits_share_one_client(served, talks):
    sids = talks(MANY)
    customers = [one.participants[0].address for one in served.conversations]

    async def all_of_them():
        waits = [asyncio.create_task(event_of(trigger(sid))) for sid in sids]
        await until(lambda: len(served.requests) >= 2 * MANY)
        users = shared_client("flexout_default")._entry.users
        for customer in customers:
            served.customer(customer).says("Yes")
        return users, await asyncio.gather(*waits)

    users, events = run_quickly(all_of_them(), faster=5)
    assert users == MANY
    assert [event["found"]["conversation_sid"] for event in events] == sids
    assert all(event["found"]["count"] == 1 for event in events)


@pytest.mark.usefixtures("use_connection")
def test_a_wait_that_is_canceled_takes_nothing_from_the_others(served, talks):
    cleared, kept = talks(2)
    customer = served.conversation(kept).participants[0].address

    async def both():
        leaving = asyncio.create_task(event_of(trigger(cleared)))
        staying = asyncio.create_task(event_of(trigger(kept)))
        await until(lambda: len(served.requests) >= 2)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        served.customer(customer).says("Yes")
        event = await staying
        return event, shared_client("flexout_default")._entry

    event, left = run_quickly(both())
    assert event["found"]["count"] == 1
    assert left is None


def test_a_wait_outlives_a_secret(served, talks, use_connection, monkeypatch):
    """The connection is read again when its secret is refused; the same one twice is the end."""
    (sid,) = talks(1)
    served.customer(served.conversation(sid).participants[0].address).says("Yes")
    right = served.connection()

    async def rotate():
        monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(right | {"password": "0" * 32}))
        waiting = asyncio.create_task(event_of(trigger(sid)))
        await until(lambda: shared_client("flexout_default")._entry)
        monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(right))
        return await waiting

    assert run_quickly(rotate())["found"]["count"] == 1


def test_a_secret_that_stays_wrong_ends_the_wait(served, talks, use_connection, monkeypatch):
    (sid,) = talks(1)
    wrong = json.dumps(served.connection() | {"password": "0" * 32})
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", wrong)
    event = run_quickly(event_of(trigger(sid)))
    assert event["permanent"] is True
    assert "HTTP 401" in event["error"]
    assert "0" * 32 not in event["error"]


@pytest.mark.usefixtures("use_connection")
def test_a_triggerer_that_takes_a_wait_over_goes_on_where_it_was(served, talks):
    """What the first triggerer has said and seen is nowhere but in the arguments."""
    (sid,) = talks(1)
    _, arguments = trigger(sid, age=60.0, deadline=3600.0).serialize()

    async def restarted():
        first = asyncio.create_task(event_of(PollTrigger(**arguments)))
        await until(lambda: len(served.requests) >= 2)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        served.customer(served.conversation(sid).participants[0].address).says("Yes")
        return await event_of(PollTrigger(**json.loads(json.dumps(arguments))))

    assert run_quickly(restarted())["found"]["count"] == 1
