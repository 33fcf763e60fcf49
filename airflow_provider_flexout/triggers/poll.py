"""The trigger behind every wait. It reads until something has happened."""

from __future__ import annotations

import asyncio
import math
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class PollTrigger(BaseTrigger):
    """Polls a waiter of :mod:`airflow_provider_flexout.outreach.waiters` until it has found something.

    The first poll comes 5 seconds after the deferral at the earliest: Airflow can fail a task whose
    trigger fires while the scheduler is still recording the deferral. The times at which the wait started
    and ends are among the arguments, so a triggerer that takes the wait over continues the same schedule.
    Where the connection has an ``events_queue``, an event that comes through it wakes the wait, and the polls
    are a safety net.

    The trigger yields one event. It has ``found`` with what the waiter found, or ``timed_out`` with a
    sentence, or ``error`` with a sentence and ``permanent``. The event also returns ``waiter`` and
    ``resume_data``, because ``dag.test()`` drops the keyword arguments that a deferral can keep for its
    return.

    :param waiter: the waiter as plain JSON, from ``serialize``. It holds SIDs and numbers, and neither
        addresses nor text.
    :param flexout_conn_id: the id of the Airflow connection, which the triggerer looks up.
    :param started_at: when the wait started, in seconds since 1970.
    :param deadline: when the wait ends, in seconds since 1970; ``None`` for no end.
    :param resume_data: what the task needs when it resumes, as plain JSON. It holds neither addresses nor
        text. For a follow-up, its ``due`` says when the wait ends by Twilio's clock; the trigger then reads
        that clock at each poll, and ``time_limit`` counts in place of ``deadline``.
    """

    def __init__(
        self,
        *,
        waiter: dict[str, Any],
        flexout_conn_id: str,
        started_at: float,
        deadline: float | None,
        resume_data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.waiter = waiter
        self.flexout_conn_id = flexout_conn_id
        self.started_at = started_at
        self.deadline = deadline
        self.resume_data = resume_data

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give the class path and the arguments."""
        return durable.POLL_TRIGGER, durable.fields(self, durable.POLL_TRIGGER_ARGUMENTS)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, then yield how the wait ended."""
        # The first import of the rules would block the event loop for too long.
        wait = _load() if _load.cache_info().currsize else await asyncio.to_thread(_load)
        ended = await wait(self)
        returned = {durable.EVENT_WAITER: self.waiter, durable.EVENT_RESUME_DATA: self.resume_data}
        yield TriggerEvent(ended | returned)  # type: ignore[no-untyped-call]

    async def on_kill(self) -> None:
        """Take the outreach back from the agents if somebody has marked the waiting task failed.

        Airflow 3.3 and newer call this. If the task was cleared or marked successful instead, nothing
        changes. What another task opened stays, and so does a conversation in which something was said.
        Nobody is contacted.
        """
        data, ti = self.resume_data or {}, self.task_instance
        opened = set(durable.INTERACTION_FIELDS) <= data.keys()
        if self.waiter[durable.WAITER_KIND] != durable.WAITER_INTERACTION or not opened or ti is None:
            return
        # Airflow 3.3.2 cancels the trigger again every second, and with it whatever is awaited here.
        withdrawal = asyncio.create_task(_withdraw(self.flexout_conn_id, data, ti))
        _withdrawals.add(withdrawal)
        withdrawal.add_done_callback(_withdrawals.discard)
        await asyncio.shield(withdrawal)


_withdrawals: set[asyncio.Task[None]] = set()
"""The withdrawals in progress: an event loop does not keep its tasks alive by itself."""


async def _withdraw(flexout_conn_id: str, data: dict[str, Any], ti: Any) -> None:
    if not await asyncio.to_thread(_is_marked_failed, ti):
        return
    take_back = await asyncio.to_thread(_load_withdrawal)
    async with FlexHook(flexout_conn_id).shared_async_conn() as client:
        await client.run(take_back(data, durable.fields(ti, durable.SOURCE_FIELDS)))


def _is_marked_failed(ti: Any) -> bool:
    """Ask Airflow for the state of a task instance."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    which = {"dag_id": ti.dag_id, "run_ids": [ti.run_id], "task_ids": [ti.task_id], "map_index": ti.map_index}
    states = RuntimeTaskInstance.get_task_states(**which)
    return any(state == "failed" for of_run in states.values() for state in of_run.values())


def _load_withdrawal() -> Callable[[dict[str, Any], dict[str, Any]], Any]:
    from airflow_provider_flexout.outreach.interaction.cleanup import withdraw
    from airflow_provider_flexout.outreach.interaction.request import InteractionResult

    def take_back(data: dict[str, Any], source: dict[str, Any]) -> Any:
        return withdraw(
            InteractionResult(**{name: data[name] for name in durable.INTERACTION_FIELDS}), source
        )

    return take_back


@cache
def _load() -> Callable[[PollTrigger], Any]:
    from airflow_provider_flexout.connection.event_subscription import event_subscription
    from airflow_provider_flexout.connection.shared_client import shared_client
    from airflow_provider_flexout.connection.wait_runner import run_waiter
    from airflow_provider_flexout.outreach.errors import WaitTimedOut
    from airflow_provider_flexout.outreach.waiters import (
        PollSchedule,
        Reply,
        ReplyWaiter,
        deserialize,
    )
    from airflow_provider_flexout.twilio.http import async_transport  # noqa: F401 - needed later too
    from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed, FlexoutError

    async def find(trigger: PollTrigger) -> Any:
        hook, waiter = FlexHook(trigger.flexout_conn_id), deserialize(trigger.waiter)
        data = trigger.resume_data or {}
        due = data.get(durable.RESUME_DUE)
        deadline, time_left = trigger.deadline, None
        if due is not None and isinstance(waiter, ReplyWaiter):
            deadline, time_left = data.get(durable.RESUME_TIME_LIMIT), partial(waiter.time_left, due)
        schedule = PollSchedule(trigger.started_at, deadline)
        ends = min(due or math.inf, math.inf if deadline is None else deadline)
        refused: tuple[Any, AuthenticationFailed] | None = None
        while True:
            settings = None
            try:
                async with hook.shared_async_conn() as client:
                    if refused and client.settings == refused[0]:
                        raise refused[1]
                    settings = client.settings
                    events = event_subscription(shared_client(trigger.flexout_conn_id).events_queue)
                    return await run_waiter(client, waiter, schedule, ends, time_left, events)
            except AuthenticationFailed as refusal:
                if settings is None:
                    raise
                refused = settings, refusal  # the secret may have been replaced meanwhile: read it again

    async def wait(trigger: PollTrigger) -> dict[str, Any]:
        try:
            found = await find(trigger)
        except WaitTimedOut as error:
            return {durable.EVENT_TIMED_OUT: str(error)}
        except FlexoutError as error:
            return {durable.EVENT_ERROR: str(error), durable.EVENT_PERMANENT: error.permanent}
        return {durable.EVENT_FOUND: found.as_dict() if isinstance(found, Reply) else found}

    return wait
