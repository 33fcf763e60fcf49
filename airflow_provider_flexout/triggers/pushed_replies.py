"""The replies among what Twilio pushed, for every ``FlexReplyTrigger`` of a connection.

Each trigger reads the queue from its own place. Twilio is asked once, for all of them, whether a message is a
customer's reply to an outreach.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from airflow_provider_flexout.connection.event_subscription import event_subscription
from airflow_provider_flexout.connection.shared_client import shared_client
from airflow_provider_flexout.connection.wait_runner import run_wait
from airflow_provider_flexout.events import read_event
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.inbox.poller import InboundMessage
from airflow_provider_flexout.outreach.inbox.pushed_messages import ReplyChooser, is_message
from airflow_provider_flexout.outreach.waiters import ErrorBudget, PollSchedule
from airflow_provider_flexout.twilio.http.errors import TwilioError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airflow_provider_flexout.connection.event_subscription import EventSubscription
    from airflow_provider_flexout.outreach.events.event import Event

_AT_ONCE = 20
"""How many messages Twilio is asked about at the same time; the replies among them are passed on together."""
_REMEMBERED = 10_000
"""How many messages have their result remembered, for other triggers and for events that come twice."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PushedMessages:
    """Messages that were pushed, written by anybody.

    :param events: the messages, each with its time.
    :param place: the place of the last of them in the queue.
    """

    events: list[Event]
    place: str


async def events_of(flexout_conn_id: str) -> EventSubscription | None:
    """Give what reads the queue of a connection; ``None`` where the connection has none.

    :param flexout_conn_id: the id of the Airflow connection.
    """
    async with FlexHook(flexout_conn_id).shared_async_conn():
        return event_subscription(shared_client(flexout_conn_id).events_queue)


async def read_pushed(events: EventSubscription, place: str | None) -> AsyncIterator[PushedMessages | None]:
    """Read the queue from a place on, without end; yield ``None`` if nothing came for a few seconds.

    :param events: reads the queue.
    :param place: the last that was read before; by default, the place an hour ago.
    """
    async for found in events.entries(place):
        entries = [] if isinstance(found, Exception) else found
        for first in range(0, len(entries), _AT_ONCE):
            some = entries[first : first + _AT_ONCE]
            yield PushedMessages([one for entry in some for one in _messages_in(*entry)], some[-1][0])
        if not entries:
            yield None


def _messages_in(place: str, written: str) -> list[Event]:
    try:
        events = read_event(written)
    except InvalidInput:  # the subscription, which reads it too, says so in the log
        return []
    kept = datetime.fromtimestamp(int(place.partition("-")[0]) / 1_000, timezone.utc)
    return [replace(one, time=one.time or kept) for one in events if is_message(one)]


class PushedReplies:
    """Finds the replies among messages, and asks Twilio once about each.

    :param flexout_conn_id: the id of the Airflow connection.
    """

    def __init__(self, flexout_conn_id: str) -> None:
        self._conn_id = flexout_conn_id
        self._chooser = ReplyChooser()
        self._asked: dict[str, asyncio.Task[InboundMessage | None]] = {}

    async def choose(self, messages: list[Event]) -> list[InboundMessage]:
        """Choose the replies, in the order in which they were given.

        :param messages: each once.
        """
        found = await asyncio.gather(*(self._ask_once(one) for one in messages))
        return [one for one in found if one is not None]

    async def _ask_once(self, message: Event) -> InboundMessage | None:
        sid = str(message.message_sid)
        if sid not in self._asked:
            self._asked[sid] = asyncio.create_task(self._ask(message))
            while len(self._asked) > _REMEMBERED:
                del self._asked[next(iter(self._asked))]
        try:
            return await asyncio.shield(self._asked[sid])  # the others go on when one trigger ends
        except TwilioError as error:
            self._asked.pop(sid, None)
            log.warning("Could not read the conversation of %s, so a later poll finds it: %s", sid, error)
            return None

    async def _ask(self, message: Event) -> InboundMessage | None:
        schedule, budget = PollSchedule(time.time()), ErrorBudget()
        while True:
            try:
                async with FlexHook(self._conn_id).shared_async_conn() as client:
                    chosen = await run_wait(client, self._chooser.choose([message]), ends_at=0.0)
                return _inbound(chosen[0]) if chosen else None
            except TwilioError as error:
                budget.record_error(error)
                pause = schedule.pause_after_outage(time.time(), budget.failures, error.retry_after)
            await asyncio.sleep(pause)


def _inbound(event: Event) -> InboundMessage:
    assert event.time is not None  # noqa: S101 - _messages_in has seen to it
    return InboundMessage(
        str(event.message_sid),
        str(event.conversation_sid),
        event.index,
        event.participant_sid or "",
        event.time.isoformat(),
        None if event.source is None else dict(event.source),
    )


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, PushedReplies]] = WeakKeyDictionary()


def pushed_replies(flexout_conn_id: str) -> PushedReplies:
    """Find what the triggers of a connection share in the running event loop.

    :param flexout_conn_id: the id of the Airflow connection.
    """
    of_loop = _shared.setdefault(asyncio.get_running_loop(), {})
    return of_loop.setdefault(flexout_conn_id, PushedReplies(flexout_conn_id))
