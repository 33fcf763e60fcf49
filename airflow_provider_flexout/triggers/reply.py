"""The trigger with which a customer's reply starts a DAG run."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

    from airflow_provider_flexout.outreach.inbox.poller import InboundMessage, InboxPoller, PollResult
    from airflow_provider_flexout.outreach.values.durations import Duration

_REQUESTS_PER_SECOND = 10
"""By default: a third of what all waits of an account may send."""
_FEWEST_REQUESTS = 20
_OLD_STATE_REACHES_BACK = timedelta(hours=1)
"""Before the moment in a state that an older version wrote; newer ones say themselves since when."""

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
    written after its start; below 3.3 each polls for itself. A triggerer that is killed between an event and
    its entry in the store may fire for a message again, so whatever handles the event must allow a
    repetition. Airflow may put several events into one run.

    :param dag_id: only conversations that this DAG opened; the default is every DAG.
    :param task_id: only conversations that this task opened; the default is every task.
    :param poll_interval: the pause between two polls: a timedelta, seconds, or text (``"1m"``, ``"PT1M"``).
        The default is 30 seconds.
    :param requests_per_round: how many requests a poll sends; the default is 10 for each second of
        ``poll_interval``, and 20 at least. A poll lists the open conversations, 100 a request, and reads the
        messages of each of ours. Where there are more of them than requests, the youngest are read most
        often, and each within a number of polls that the log says.
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
        self.days = read_whole("days", days)
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
        from airflow_provider_flexout.twilio.http.errors import TwilioError

        interval = kwargs["poll_interval"]
        requests = kwargs.get(durable.REPLY_TRIGGER_REQUESTS) or max(
            _FEWEST_REQUESTS, round(_REQUESTS_PER_SECOND * interval)
        )
        poller, delay = InboxPoller(timedelta(days=kwargs["days"]), requests), _DelayLog()
        schedule, budget = PollSchedule(time.time(), shortest=interval), ErrorBudget()
        while True:
            began = time.monotonic()
            try:
                result = await _poll(poller, kwargs["flexout_conn_id"])
            except TwilioError as error:
                budget.record_error(error)
                log.warning("Could not poll for replies, and will poll again: %s", error)
                pause = schedule.pause_after_outage(time.time(), budget.failures, error.retry_after)
            else:
                delay.record(result, requests, interval + time.monotonic() - began)
                yield result
                budget.renew()
                pause = interval
            await asyncio.sleep(pause)

    async def filter_shared_stream(
        self, shared_stream: AsyncIterator[PollResult]
    ) -> AsyncIterator[TriggerEvent]:
        """Yield an event for each message that is for this trigger and has not fired yet.

        :param shared_stream: the messages, poll by poll.
        """
        cursor = await self._load_cursor()
        unsaved = False
        async for result in shared_stream:
            if unsaved and cursor:
                # One poll later, when Airflow certainly has the events: twice is better than never.
                await self._save_cursor(cursor)
                unsaved = False
            if cursor is None:
                # The trigger has just started: what was written before fires nothing.
                cursor, unsaved = _Cursor(result.at, result.at), True
                cursor.tell(result.messages)
                continue
            cursor.forget_before(result.read_until)
            new = [one for one in result.messages if self._is_wanted(one) and cursor.is_new(one)]
            for message in new:
                yield TriggerEvent(message.as_dict())  # type: ignore[no-untyped-call]
            if new:
                cursor.at, unsaved = result.at, True
                cursor.tell(new)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll and yield events alone, where Airflow shares no polls."""
        async for event in self.filter_shared_stream(type(self).open_shared_stream(self.serialize()[1])):
            yield event

    def _is_wanted(self, message: InboundMessage) -> bool:
        source = message.source or {}
        wanted = {"dag_id": self.dag_id, "task_id": self.task_id}
        return all(value is None or source.get(name) == value for name, value in wanted.items())

    async def _load_cursor(self) -> _Cursor | None:
        try:
            state = await self._store.aget(durable.INBOX_STATE) if self._store else None
        except ValueError:  # several assets have an equal trigger
            self.asset_state_store = None
            return None
        return _Cursor.from_state(state) if state else None

    async def _save_cursor(self, cursor: _Cursor) -> None:
        if self._store:
            await self._store.aset(durable.INBOX_STATE, cursor.as_state())

    @property
    def _store(self) -> Any:
        """The state store of the trigger's asset; ``None`` below Airflow 3.3."""
        return getattr(self, "asset_state_store", None)


@dataclass(slots=True)
class _Cursor:
    """Which messages have fired, as far as a poll may find them again.

    :param at: when the last of them was found, aware.
    :param since: what was written before it fires nothing, aware.
    :param told: when those that have fired were written, by their SIDs.
    """

    at: datetime
    since: datetime
    told: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> _Cursor:
        at = datetime.fromisoformat(state[durable.INBOX_STATE_AT])
        since = state.get(durable.INBOX_STATE_SINCE)
        told = dict.fromkeys(state[durable.INBOX_STATE_TOLD], at)
        return cls(at, datetime.fromisoformat(since) if since else at - _OLD_STATE_REACHES_BACK, told)

    def as_state(self) -> dict[str, Any]:
        return {
            durable.INBOX_STATE_AT: self.at.isoformat(),
            durable.INBOX_STATE_SINCE: self.since.isoformat(),
            durable.INBOX_STATE_TOLD: list(self.told),
        }

    def is_new(self, message: InboundMessage) -> bool:
        return message.message_sid not in self.told and _written(message) >= self.since

    def tell(self, messages: list[InboundMessage]) -> None:
        self.told |= {one.message_sid: _written(one) for one in messages}

    def forget_before(self, moment: datetime) -> None:
        """Forget what no poll finds any more."""
        if moment > self.since:
            self.since = moment
            self.told = {sid: written for sid, written in self.told.items() if written >= moment}


class _DelayLog:
    """Says in the log how late a reply may be told of, whenever that has changed much."""

    def __init__(self) -> None:
        self._said = 0

    def record(self, result: PollResult, requests: int, seconds: float) -> None:
        if self._said / 1.5 <= result.rounds <= self._said * 1.5:
            return
        self._said = result.rounds
        log.info(
            "Reading %d open conversations with up to %d requests a round, each at least once in %d rounds: "
            "a reply is told of within %s.",
            result.conversations,
            requests,
            result.rounds,
            timedelta(seconds=math.ceil(result.rounds * seconds)),
        )


def _written(message: InboundMessage) -> datetime:
    return datetime.fromisoformat(message.written_at)


async def _poll(poller: InboxPoller, flexout_conn_id: str) -> PollResult:
    from airflow_provider_flexout.connection.wait_runner import run_wait

    async with FlexHook(flexout_conn_id).shared_async_conn() as client:
        # Its requests are few, and one round's stand in the line one by one: it always goes first.
        return await run_wait(client, poller.poll(), ends_at=0.0)
