"""What Twilio pushes, for all waits in an event loop: they share one reader of each queue.

Each ``FlexReplyTrigger`` reads the same queue from its own place, which is kept in the state of its asset.

An event only wakes a wait, which then asks Twilio. So an event that comes twice, or late, or never, changes
when a wait ends, but not how. A process that begins a wait, or takes it over after another process was lost,
is woken by the events since the wait began, as far as the queue keeps them.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from airflow_provider_flexout.connection.event_queue import EventQueue, shown
from airflow_provider_flexout.events import read_event
from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from airflow_provider_flexout.events import Event

log = logging.getLogger(__name__)

LOOK_BACK = 3_600.0
"""Seconds of past events that are read at the start: a triggerer may be away so long without missing any."""
CATCH_UP = 600.0
"""After the queue was away, all waits ask once within so many seconds: what it did not take may be lost."""
LOOK_AGAIN = (2.0, 10.0)
"""Seconds until a wait that was woken and found nothing asks again: Twilio's lists may lag behind."""
_LONGEST_PAUSE = 30.0
"""Seconds between two tries to reach a queue that is away."""
_CLOCK_TOLERANCE = 60.0
"""Seconds by which the clock of Redis may differ from that of the process that began a wait."""
_REMEMBERED = 100_000
"""For how many SIDs the latest event is remembered, for waits that have not begun yet."""


class Wakeup:
    """What ends the sleep of one wait early.

    :param since: when the wait began, in seconds since 1970.
    """

    def __init__(self, since: float) -> None:
        self.since = since
        self._earliest = asyncio.get_running_loop().time() + timing.POLL_SHORTEST
        self._sleeping: asyncio.Future[bool] | None = None
        self._is_woken = False
        self._again: tuple[float, ...] = ()

    async def sleep(self, seconds: float) -> bool:
        """Sleep, or wake early if an event comes; say whether one came.

        The first sleep takes 5 seconds in any case, as :mod:`airflow_provider_flexout.triggers.poll` says.

        :param seconds: for how long.
        """
        loop = asyncio.get_running_loop()
        if not self._is_woken:
            if self._again:
                seconds, self._again = min(seconds, self._again[0]), self._again[1:]
            self._sleeping = loop.create_future()
            alarm = loop.call_later(seconds, self._end_sleep, False)
            try:
                if not await self._sleeping:
                    return False
            finally:
                alarm.cancel()
                self._sleeping = None
        if (early := self._earliest - loop.time()) > 0:
            await asyncio.sleep(early)
        self._is_woken, self._again = False, LOOK_AGAIN
        return True

    def wake(self) -> None:
        """End the sleep now, or the next one as soon as it begins."""
        self._is_woken = True
        self._end_sleep(True)

    def _end_sleep(self, is_woken: bool) -> None:
        if self._sleeping is not None and not self._sleeping.done():
            self._sleeping.set_result(is_woken)


class EventSubscription:
    """Reads one queue, from the start of the first wait until the end of the last.

    :param url: the queue's.
    """

    def __init__(self, url: str) -> None:
        self.outages = 0
        """How often the queue has come back after it was away: what it did not take meanwhile may be lost."""
        self._url = url
        self._waits: dict[str, set[Wakeup]] = {}
        self._users = 0
        self._reader: asyncio.Task[None] | None = None
        self._latest: dict[str, float] = {}

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Read the queue during a block, so that :attr:`outages` are counted and waits are woken."""
        self._users += 1
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                self._reader.cancel()
                self._reader = None
                self._latest.clear()

    @asynccontextmanager
    async def wakeup(self, sids: Collection[str], since: float) -> AsyncIterator[Wakeup]:
        """Give a :class:`Wakeup` that the events about some SIDs wake, for a block.

        :param sids: the conversation, message, task or interaction that is waited for.
        :param since: when the wait began, in seconds since 1970; earlier events are of no interest.
        """
        wakeup = Wakeup(since)
        for sid in sids:
            self._waits.setdefault(sid, set()).add(wakeup)
            if sid in self._latest:
                self._tell(wakeup, self._latest[sid])
        try:
            async with self.reading():
                yield wakeup
        finally:
            for sid in sids:
                self._waits[sid].discard(wakeup)
                if not self._waits[sid]:
                    del self._waits[sid]

    async def entries(self, place: str | None = None) -> AsyncIterator[list[tuple[str, str]] | Exception]:
        """Read the queue from a place on, without end.

        This yields at least every few seconds: the next entries, each with its place; an empty list; or the
        error that kept the queue from being read.

        :param place: the last that was read before; by default, the place an hour ago.
        """
        queue, failures = EventQueue(self._url), 0
        try:
            while True:
                try:
                    place = place or await queue.place_before(LOOK_BACK)
                    found = await queue.read(place)
                except Exception as error:  # whatever it is, the polls go on meanwhile
                    failures += 1
                    yield error
                    await asyncio.sleep(random.uniform(0.5, 1.0) * min(_LONGEST_PAUSE, 2.0**failures))  # noqa: S311
                    continue
                failures = 0
                if found:
                    place = found[-1][0]
                yield found
        finally:
            await queue.aclose()

    async def _read(self) -> None:
        is_away = False
        async for found in self.entries():
            if isinstance(found, Exception):
                if not is_away:
                    log.warning(_AWAY, shown(self._url), type(found).__name__)
                is_away = True
                continue
            if is_away:
                is_away = False
                self.outages += 1
                log.info("The events queue %s can be read again.", shown(self._url))
                self._catch_up()
            for place, written in found:
                self._take(place, written)

    def _take(self, place: str, written: str) -> None:
        try:
            events = read_event(written)
        except InvalidInput as error:
            log.warning("Passed over the entry %s of the events queue: %s", place, error)
            return
        at = int(place.partition("-")[0]) / 1_000
        for sid in {sid for event in events for sid in _sids_of(event)}:
            self._latest.pop(sid, None)  # so that the dictionary is in the order of events
            self._latest[sid] = at
            for wakeup in self._waits.get(sid, ()):
                self._tell(wakeup, at)
        while len(self._latest) > _REMEMBERED:
            del self._latest[next(iter(self._latest))]

    def _tell(self, wakeup: Wakeup, at: float) -> None:
        if at >= wakeup.since - _CLOCK_TOLERANCE:
            wakeup.wake()

    def _catch_up(self) -> None:
        loop = asyncio.get_running_loop()
        for wakeup in {wakeup for wakeups in self._waits.values() for wakeup in wakeups}:
            loop.call_later(random.uniform(0.0, CATCH_UP), wakeup.wake)  # noqa: S311 - spreads the requests


_AWAY = (
    "The events queue %s cannot be read (%s). Until it can, waits and FlexReplyTrigger learn what happens "
    "only from their polls, which may take more than an hour."
)
_SIDS = {
    durable.PUSHED_REPLY: ("conversation_sid",),
    durable.PUSHED_MESSAGE: ("conversation_sid",),
    durable.PUSHED_RECEIPT: ("message_sid",),
    durable.PUSHED_TASK: ("task_sid",),
    durable.PUSHED_CHANNEL: ("interaction_sid", "conversation_sid"),
}
"""What an event of each kind is news of."""


def _sids_of(event: Event) -> list[str]:
    return [sid for name in _SIDS[event.kind] if (sid := getattr(event, name))]


_subscriptions: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, EventSubscription]] = (
    WeakKeyDictionary()
)
_warned: list[str] = []


def event_subscription(url: str | None) -> EventSubscription | None:
    """Find the subscription that the running event loop shares for a queue; ``None`` where there is no queue.

    :param url: the queue's.
    """
    if url is None:
        return None
    if find_spec("redis") is None:
        if not _warned:
            _warned.append(url)
            log.warning(
                "The connection has an events_queue, but nothing reads it: no client for Redis is "
                "installed. pip install 'airflow-provider-flexout[redis]'"
            )
        return None
    of_loop = _subscriptions.setdefault(asyncio.get_running_loop(), {})
    return of_loop.setdefault(url, EventSubscription(url))
