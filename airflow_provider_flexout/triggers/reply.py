"""The trigger with which a customer's reply starts a DAG run."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

    from airflow_provider_flexout.outreach.inbox.poller import InboundMessage, InboxPoller, PollResult
    from airflow_provider_flexout.outreach.values.durations import Duration

_FIRST_LOOK_BACK = timedelta(days=1)
_LOOK_BACK = timedelta(hours=1)

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
        The default is 30 seconds. A poll reads the messages of each open conversation.
    :param days: how many days ago a conversation may have been opened; older ones are left out. The default
        is 30.
    :param flexout_conn_id: the id of the Airflow connection, which the triggerer looks up; the default is
        ``flexout_default``.
    :raises InvalidInput: when ``poll_interval`` is not a length of time, or ``days`` not a whole number.
    """

    def __init__(
        self,
        *,
        dag_id: str | None = None,
        task_id: str | None = None,
        poll_interval: Duration = 30.0,
        days: int = 30,
        flexout_conn_id: str = FlexHook.default_conn_name,
    ) -> None:
        from airflow_provider_flexout.outreach.values.arguments import read_whole
        from airflow_provider_flexout.outreach.values.durations import read_duration

        super().__init__()  # type: ignore[no-untyped-call]
        self.dag_id = dag_id
        self.task_id = task_id
        self.poll_interval = read_duration("poll_interval", poll_interval).total_seconds()
        self.days = read_whole("days", days)
        self.flexout_conn_id = flexout_conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give the class path and the arguments."""
        arguments = durable.fields(self, durable.REPLY_TRIGGER_ARGUMENTS)
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    def shared_stream_key(self) -> Hashable | None:
        """Name the poll that all triggers of a connection share, on Airflow 3.3."""
        return ("flexout-replies", self.flexout_conn_id, self.poll_interval, self.days)

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[PollResult]:
        """Poll again and again, for all triggers that share the stream.

        :param kwargs: the arguments of one of them; those in :meth:`shared_stream_key` are the same for all.
        :raises FlexoutError: when Twilio rejects a request for good, or cannot be reached for too long.
        """
        from airflow_provider_flexout.outreach.inbox.poller import InboxPoller
        from airflow_provider_flexout.outreach.waiters import ErrorBudget, PollSchedule
        from airflow_provider_flexout.twilio.http.errors import TwilioError

        poller = InboxPoller(timedelta(days=kwargs["days"]))
        back, interval = _FIRST_LOOK_BACK, kwargs["poll_interval"]
        schedule, budget = PollSchedule(time.time(), shortest=interval), ErrorBudget()
        while True:
            try:
                result = await _poll(poller, back, kwargs["flexout_conn_id"])
            except TwilioError as error:
                budget.record_error(error)
                log.warning("Could not poll for replies, and will poll again: %s", error)
                pause = schedule.pause_after_outage(time.time(), budget.failures, error.retry_after)
            else:
                yield result
                budget.renew()
                back, pause = _LOOK_BACK, interval
            await asyncio.sleep(pause)

    async def filter_shared_stream(
        self, shared_stream: AsyncIterator[PollResult]
    ) -> AsyncIterator[TriggerEvent]:
        """Yield an event for each message that is for this trigger and has not fired yet.

        :param shared_stream: the messages, poll by poll.
        """
        cursor = await self._load_cursor()
        unsaved: dict[str, Any] | None = None
        async for result in shared_stream:
            if unsaved:
                # One poll later, when Airflow certainly has the events: twice is better than never.
                await self._save_cursor(unsaved)
                unsaved = None
            if cursor is None:
                # The trigger has just started: what was written before fires nothing.
                cursor = unsaved = _cursor(result, result.messages)
                continue
            new = [message for message in result.messages if self._is_new(message, cursor)]
            for message in new:
                yield TriggerEvent(message.as_dict())  # type: ignore[no-untyped-call]
            if new:
                fired = [
                    one for one in result.messages if one.message_sid in cursor[durable.INBOX_STATE_TOLD]
                ]
                cursor = unsaved = _cursor(result, [*fired, *new])

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll and yield events alone, where Airflow shares no polls."""
        async for event in self.filter_shared_stream(type(self).open_shared_stream(self.serialize()[1])):
            yield event

    def _is_new(self, message: InboundMessage, cursor: dict[str, Any]) -> bool:
        if message.message_sid in cursor[durable.INBOX_STATE_TOLD]:
            return False
        source = message.source or {}
        wanted = {"dag_id": self.dag_id, "task_id": self.task_id}
        if any(value is not None and source.get(name) != value for name, value in wanted.items()):
            return False
        return (
            datetime.fromisoformat(message.written_at)
            >= datetime.fromisoformat(cursor[durable.INBOX_STATE_AT]) - _LOOK_BACK
        )

    async def _load_cursor(self) -> dict[str, Any] | None:
        try:
            cursor: dict[str, Any] | None = (
                await self._store.aget(durable.INBOX_STATE) if self._store else None
            )
        except ValueError:  # several assets have an equal trigger
            self.asset_state_store = None
            return None
        return cursor

    async def _save_cursor(self, cursor: dict[str, Any]) -> None:
        if self._store:
            await self._store.aset(durable.INBOX_STATE, cursor)

    @property
    def _store(self) -> Any:
        """The state store of the trigger's asset; ``None`` below Airflow 3.3."""
        return getattr(self, "asset_state_store", None)


def _cursor(result: PollResult, fired: list[InboundMessage]) -> dict[str, Any]:
    """Write down which messages have fired, as far as the next polls may find them again."""
    return {
        durable.INBOX_STATE_AT: result.at,
        durable.INBOX_STATE_TOLD: [one.message_sid for one in fired],
    }


async def _poll(poller: InboxPoller, back: timedelta, flexout_conn_id: str) -> PollResult:
    async with FlexHook(flexout_conn_id).shared_async_conn() as client:
        return await client.run(poller.poll(back))
