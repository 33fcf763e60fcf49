"""The trigger by which a customer's reply starts a DAG run."""

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

    from airflow_provider_flexout.outreach.inbox.inbox import InboundMessage, InboxPoller, Seen
    from airflow_provider_flexout.outreach.values.durations import Duration

_FIRST_LOOK_BACK = timedelta(days=1)
_LOOK_BACK = timedelta(hours=1)

log = logging.getLogger(__name__)


class FlexReplyTrigger(BaseEventTrigger):
    """Fires for every message that a customer writes in a conversation that outreach opened.

    For an asset's watcher::

        replies = Asset("flexout://replies/late_orders", watchers=[
            AssetWatcher(name="late_orders", trigger=FlexReplyTrigger(dag_id="late_orders")),
        ])

    The event's payload has ``message_sid``, ``conversation_sid``, ``index``, ``participant_sid``,
    ``written_at``, and ``source``, the DAG, run, task and map index behind the conversation. It holds no
    address and no text; the hook reads those.

    On Airflow 3.3 all such triggers of a connection share one poll, and what was told of is kept in the
    asset's state store: a triggerer that was down for up to a day tells of what was written meanwhile. Below
    that, and where several assets have the very same trigger, each tells of what is written from its start
    on; below 3.3 each polls for itself. A triggerer that dies between an event and its note may tell of a
    message again, so whoever handles it should be able to do it twice; and Airflow may put several events
    into one run.

    :param dag_id: only conversations that this DAG opened.
    :param task_id: only those that this task opened.
    :param poll_interval: between two rounds: a timedelta, seconds, or text (``"1m"``, ``"PT1M"``); a round
        asks for the messages of each open conversation.
    :param days: conversations that were opened longer ago are passed over.
    :param flexout_conn_id: the Airflow connection, looked up by the triggerer.
    :raises InvalidInput: when ``poll_interval`` is not a length of time.
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
        from airflow_provider_flexout.outreach.values.durations import read_duration

        super().__init__()  # type: ignore[no-untyped-call]
        self.dag_id = dag_id
        self.task_id = task_id
        self.poll_interval = read_duration("poll_interval", poll_interval).total_seconds()
        self.days = days
        self.flexout_conn_id = flexout_conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give the class path and the arguments."""
        arguments = durable.fields(self, durable.REPLY_TRIGGER_ARGUMENTS)
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    def shared_stream_key(self) -> Hashable | None:
        """Name the poll that all triggers of a connection share, on Airflow 3.3."""
        return ("flexout-replies", self.flexout_conn_id, self.poll_interval, self.days)

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[Seen]:
        """Look again and again, for all who listen.

        :param kwargs: of one of them; the names in :meth:`shared_stream_key` are the same for all.
        :raises FlexoutError: when Twilio refuses for good, or is out of reach for too long.
        """
        from airflow_provider_flexout.outreach.inbox.inbox import InboxPoller
        from airflow_provider_flexout.outreach.waiters import ErrorBudget, PollSchedule
        from airflow_provider_flexout.twilio.http.errors import TwilioError

        replies = InboxPoller(timedelta(days=kwargs["days"]))
        back, interval = _FIRST_LOOK_BACK, kwargs["poll_interval"]
        polling, patience = PollSchedule(time.time(), shortest=interval), ErrorBudget()
        while True:
            try:
                seen = await _look(replies, back, kwargs["flexout_conn_id"])
            except TwilioError as error:
                patience.record_error(error)
                log.warning("Could not look for replies, which is tried again: %s", error)
                pause = polling.pause_after_outage(time.time(), patience.failures, error.retry_after)
            else:
                yield seen
                patience.renew()
                back, pause = _LOOK_BACK, interval
            await asyncio.sleep(pause)

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Seen]) -> AsyncIterator[TriggerEvent]:
        """Give an event for each message that is this trigger's, and was not told of.

        :param shared_stream: what was seen, round by round.
        """
        cursor = await self._kept_cursor()
        unkept: dict[str, Any] | None = None
        async for seen in shared_stream:
            if unkept:
                # A round later, when Airflow has long had the events: rather told of twice than never.
                await self._keep(unkept)
                unkept = None
            if cursor is None:
                # From now on: what was written before anybody listened starts nothing.
                cursor = unkept = _cursor(seen, seen.written)
                continue
            new = [one for one in seen.written if self._is_new(one, cursor)]
            for one in new:
                yield TriggerEvent(one.as_dict())  # type: ignore[no-untyped-call]
            if new:
                told = [one for one in seen.written if one.message_sid in cursor[durable.INBOX_STATE_TOLD]]
                cursor = unkept = _cursor(seen, [*told, *new])

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look and give events alone, where Airflow shares no polls."""
        async for event in self.filter_shared_stream(type(self).open_shared_stream(self.serialize()[1])):
            yield event

    def _is_new(self, one: InboundMessage, cursor: dict[str, Any]) -> bool:
        if one.message_sid in cursor[durable.INBOX_STATE_TOLD]:
            return False
        source = one.source or {}
        wanted = {"dag_id": self.dag_id, "task_id": self.task_id}
        if any(value is not None and source.get(name) != value for name, value in wanted.items()):
            return False
        return (
            datetime.fromisoformat(one.written_at)
            >= datetime.fromisoformat(cursor[durable.INBOX_STATE_AT]) - _LOOK_BACK
        )

    async def _kept_cursor(self) -> dict[str, Any] | None:
        try:
            kept: dict[str, Any] | None = await self._store.aget(durable.INBOX_STATE) if self._store else None
        except ValueError:  # several assets have this very trigger
            self.asset_state_store = None
            return None
        return kept

    async def _keep(self, cursor: dict[str, Any]) -> None:
        if self._store:
            await self._store.aset(durable.INBOX_STATE, cursor)

    @property
    def _store(self) -> Any:
        """The state store of the asset that is watched; ``None`` below Airflow 3.3."""
        return getattr(self, "asset_state_store", None)


def _cursor(seen: Seen, told: list[InboundMessage]) -> dict[str, Any]:
    """Make the note of what was told of, as far as the next rounds may see it again."""
    return {
        durable.INBOX_STATE_AT: seen.at,
        durable.INBOX_STATE_TOLD: [one.message_sid for one in told],
    }


async def _look(replies: InboxPoller, back: timedelta, flexout_conn_id: str) -> Seen:
    async with FlexHook(flexout_conn_id).shared_async_conn() as client:
        return await client.run(replies.look(back))
