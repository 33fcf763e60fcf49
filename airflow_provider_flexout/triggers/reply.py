"""The trigger with which a customer's reply starts a DAG run."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.triggers.reply_state import ReplyState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

    from airflow_provider_flexout.outreach.inbox.cursor import Cursor
    from airflow_provider_flexout.outreach.inbox.poller import InboundMessage, InboxPoller, PollResult
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.triggers.pushed_replies import PushedMessages

_REQUESTS_PER_SECOND = 10
"""The default, a third of what all waits of an account may send."""
_FEWEST_REQUESTS = 20
_LONGEST_UNSAVED = 10.0
"""Seconds until what has fired is kept in the state."""

log = logging.getLogger(__name__)


class FlexReplyTrigger(BaseEventTrigger):
    """Fires for every message that a customer writes in a conversation that this provider opened.

    It is for an asset's watcher::

        replies = Asset("flexout://replies/late_orders", watchers=[
            AssetWatcher(name="late_orders", trigger=FlexReplyTrigger(dag_id="late_orders")),
        ])

    The event's payload has ``message_sid``, ``conversation_sid``, ``index``, ``participant_sid``,
    ``written_at``, and ``source``: the DAG, run, task and map index that opened the conversation. It holds
    neither addresses nor text; the hook reads those.

    On Airflow 3.3 and newer all such triggers of a connection share one poll, and the asset's state store
    keeps which messages have fired, so a triggerer that was down for up to a day fires for what was written
    meanwhile. On older versions, and where several assets have an equal trigger, each fires for what is
    written after its start; below 3.3 each polls for itself. If a triggerer is killed between firing and
    recording that in the store, it may fire for the message again, so the code that handles events must allow
    repetitions. Airflow may put several events into one run. When several fire within seconds, the last one
    is repeated afterwards, with ``repeated`` in its payload, so that Airflow starts a run for any events that
    it has left over; :func:`~airflow_provider_flexout.triggers.asset_events.replies_of` passes over
    repetitions.

    If the connection has an ``events_queue``, the trigger fires for each reply that comes through the queue,
    within about a second. Replies that came while no triggerer ran are still on the queue. Polls are then a
    safety net for events that are lost: each conversation is read once at ``poll_interval``, then every 80
    minutes.

    :param dag_id: only conversations that this DAG opened; the default is every DAG.
    :param task_id: only conversations that this task opened; the default is every task.
    :param poll_interval: the pause between two polls: a timedelta, seconds, or text (``"1m"``, ``"PT1M"``).
        The default is 30 seconds.
    :param requests_per_round: how many requests a poll sends; the default is 10 for each second of
        ``poll_interval``, and 20 at least. A poll lists the open conversations, 100 a request, and reads the
        messages of each of ours. If there are more of them than requests, the youngest are read most often;
        the log says within how many polls each is read.
    :param days: how many days ago a conversation may have been opened; older ones are left out. The default
        is 30.
    :param flexout_conn_id: the id of the Airflow connection, which the triggerer looks up; the default is
        ``flexout_default``.
    :raises InvalidInput: when ``poll_interval`` is not a length of time, or ``days`` or
        ``requests_per_round`` not a whole number above zero.
    """

    def __init__(
        self,
        *,
        dag_id: str | None = None,
        task_id: str | None = None,
        poll_interval: Duration = 30.0,
        days: int = 30,
        requests_per_round: int | None = None,
        flexout_conn_id: str = FlexHook.default_conn_name,
    ) -> None:
        from airflow_provider_flexout.outreach.values.arguments import read_whole
        from airflow_provider_flexout.outreach.values.durations import read_duration

        super().__init__()  # type: ignore[no-untyped-call]
        self.dag_id = dag_id
        self.task_id = task_id
        self.poll_interval = read_duration("poll_interval", poll_interval).total_seconds()
        self.days = read_duration("days", f"{read_whole('days', days)}d").days
        if requests_per_round is not None:
            requests_per_round = read_whole(durable.REPLY_TRIGGER_REQUESTS, requests_per_round)
        self.requests_per_round = requests_per_round
        self.flexout_conn_id = flexout_conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give the class path and the arguments."""
        arguments = durable.fields(self, durable.REPLY_TRIGGER_ARGUMENTS)
        if self.requests_per_round is not None:
            arguments[durable.REPLY_TRIGGER_REQUESTS] = self.requests_per_round
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    def shared_stream_key(self) -> Hashable | None:
        """Name the poll that all triggers of a connection share, on Airflow 3.3."""
        return (
            "flexout-replies",
            self.flexout_conn_id,
            self.poll_interval,
            self.days,
            self.requests_per_round,
        )

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[PollResult]:
        """Poll again and again, for all triggers that share the stream.

        :param kwargs: the arguments of one of them; those in :meth:`shared_stream_key` are the same for all.
        :raises FlexoutError: when Twilio rejects a request for good, or cannot be reached for too long.
        """
        from airflow_provider_flexout.outreach.inbox.poller import InboxPoller
        from airflow_provider_flexout.outreach.waiters import ErrorBudget, PollSchedule
        from airflow_provider_flexout.triggers.poll_timer import PollTimer
        from airflow_provider_flexout.triggers.pushed_replies import events_of
        from airflow_provider_flexout.twilio.http.errors import TwilioError

        interval, conn_id = kwargs["poll_interval"], kwargs["flexout_conn_id"]
        requests = kwargs.get(durable.REPLY_TRIGGER_REQUESTS) or max(
            _FEWEST_REQUESTS, round(_REQUESTS_PER_SECOND * interval)
        )
        poller, events = InboxPoller(timedelta(days=kwargs["days"]), requests), await events_of(conn_id)
        timer = PollTimer(interval, requests, events)
        schedule, budget = PollSchedule(time.time(), shortest=interval), ErrorBudget()
        async with events.reading() if events else nullcontext():
            while True:
                began = time.monotonic()
                try:
                    result = await _poll(poller, conn_id)
                except TwilioError as error:
                    budget.record_error(error)
                    log.warning("Could not poll for replies, and will poll again: %s", error)
                    pause = schedule.pause_after_outage(time.time(), budget.failures, error.retry_after)
                    await asyncio.sleep(pause)
                    continue
                took = time.monotonic() - began
                yield result
                budget.renew()
                await timer.pause(result, took)

    async def filter_shared_stream(
        self, shared_stream: AsyncIterator[PollResult]
    ) -> AsyncIterator[TriggerEvent]:
        """Yield an event for each message that is for this trigger and has not fired yet.

        :param shared_stream: the messages, poll by poll.
        """
        from airflow_provider_flexout.outreach.inbox.cursor import Cursor
        from airflow_provider_flexout.triggers.burst import Burst
        from airflow_provider_flexout.triggers.merge import merge
        from airflow_provider_flexout.triggers.pushed_replies import events_of, read_pushed

        state = ReplyState(self, min(_LONGEST_UNSAVED, self.poll_interval / 2))
        cursor, events, burst = await state.load(), await events_of(self.flexout_conn_id), Burst()
        streams: list[AsyncIterator[Any]] = [shared_stream]
        if cursor is None:
            result = await anext(shared_stream)
            cursor, streams = Cursor.at_start(result), [_with_first(result, shared_stream)]
        if events:
            streams.append(read_pushed(events, cursor.place))
        async for found in merge(*streams, burst.pauses()):
            await state.save()
            for message in await self._new_in(found, cursor):
                burst.note(payload := message.as_dict())
                yield TriggerEvent(payload)  # type: ignore[no-untyped-call]
                cursor.tell([message])
            state.note(cursor)
            if repetition := burst.repetition():
                yield TriggerEvent(repetition)  # type: ignore[no-untyped-call]

    async def _new_in(
        self, found: PollResult | PushedMessages | None, cursor: Cursor
    ) -> list[InboundMessage]:
        from airflow_provider_flexout.outreach.inbox.cursor import written_at
        from airflow_provider_flexout.outreach.inbox.poller import PollResult
        from airflow_provider_flexout.triggers.pushed_replies import pushed_replies

        if found is None:
            return []
        if isinstance(found, PollResult):
            cursor.forget_before(found.read_until)
            messages = found.messages
        else:
            cursor.place = found.place
            unread = [
                one for one in found.events if one.time and cursor.is_new(str(one.message_sid), one.time)
            ]
            messages = await pushed_replies(self.flexout_conn_id).choose(unread)
        new = {one.message_sid: one for one in messages if cursor.is_new(one.message_sid, written_at(one))}
        return [one for one in new.values() if self._is_wanted(one)]

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll and yield events alone, where Airflow shares no polls."""
        async for event in self.filter_shared_stream(type(self).open_shared_stream(self.serialize()[1])):
            yield event

    def _is_wanted(self, message: InboundMessage) -> bool:
        source = message.source or {}
        wanted = {"dag_id": self.dag_id, "task_id": self.task_id}
        return all(value is None or source.get(name) == value for name, value in wanted.items())


async def _with_first(first: PollResult, others: AsyncIterator[PollResult]) -> AsyncIterator[PollResult]:
    yield first
    async for one in others:
        yield one


async def _poll(poller: InboxPoller, flexout_conn_id: str) -> PollResult:
    from airflow_provider_flexout.connection.wait_runner import run_wait

    async with FlexHook(flexout_conn_id).shared_async_conn() as client:
        # Its requests are few, and are sent one after the other in a round: it always goes first.
        return await run_wait(client, poller.poll(), ends_at=0.0)
