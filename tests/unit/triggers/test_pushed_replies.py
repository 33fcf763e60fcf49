"""What triggers share of the replies that were pushed."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timezone

from airflow_provider_flexout.events import Event
from airflow_provider_flexout.triggers.pushed_replies import pushed_replies, read_pushed

CONVERSATION, MESSAGE = "CH" + "1" * 32, "IM" + "2" * 32


class Entries:
    """A queue that has these entries, then none, and then cannot be read."""

    def __init__(self, *entries):
        self._entries = list(entries)

    async def entries(self, _place):
        yield self._entries
        yield []
        yield OSError("away")


def found_in(*entries):
    async def collect():
        return [one async for one in read_pushed(Entries(*entries), None)]

    return asyncio.run(collect())


def written(event):
    return json.dumps(event.payload())


def test_messages_come_in_parts_each_with_its_place_and_its_time():
    entries = [(f"{n}000-0", written(Event("reply", CONVERSATION, MESSAGE))) for n in range(45)]
    *parts, empty, away = found_in(*entries)
    assert [(len(one.events), one.place) for one in parts] == [
        (20, "19000-0"),
        (20, "39000-0"),
        (5, "44000-0"),
    ]
    assert parts[0].events[7].time == datetime(1970, 1, 1, 0, 0, 7, tzinfo=timezone.utc)
    assert empty is away is None


def test_what_is_no_message_moves_the_place_on():
    receipt = Event("receipt", CONVERSATION, MESSAGE, status="read")
    part, *_ = found_in(("1-0", written(receipt)), ("2-0", "{"))
    assert (part.events, part.place) == ([], "2-0")


def test_those_of_a_connection_are_shared_in_an_event_loop():
    async def shared():
        return pushed_replies("a") is pushed_replies("a"), pushed_replies("a") is pushed_replies("b")

    assert asyncio.run(shared()) == (True, False)
