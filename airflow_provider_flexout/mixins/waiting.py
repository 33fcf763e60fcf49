"""Waiting, on the worker or in the triggerer, until what a task started has arrived at a stage."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.mixins.base import FlexOperator
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowFailException, conf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.outreach.waiters import AnyWaiter, InteractionWaiter, MessageWaiter
    from airflow_provider_flexout.triggers.poll import PollTrigger
    from airflow_provider_flexout.twilio.http.client import Client


def is_deferrable(deferrable: bool | None) -> bool:
    """Say whether to wait in the triggerer.

    :param deferrable: the operator's argument; ``None`` for Airflow's setting, ``default_deferrable``.
    """
    if deferrable is None:
        return conf.getboolean("operators", "default_deferrable", fallback=False)
    return deferrable


def raise_event_error(event: dict[str, Any]) -> None:
    """Raise the error that ended a wait in the triggerer, if one did.

    :param event: the trigger's event.
    """
    from airflow_provider_flexout.twilio.http.errors import FlexoutError

    if durable.EVENT_ERROR in event:
        kind = AirflowFailException if event[durable.EVENT_PERMANENT] else FlexoutError
        raise kind(event[durable.EVENT_ERROR])


def poll_trigger(
    waiter: AnyWaiter,
    flexout_conn_id: str,
    deadline: float | None,
    resume_data: dict[str, Any] | None = None,
) -> PollTrigger:
    """Make the trigger of a wait that starts now.

    :param waiter: what to poll.
    :param flexout_conn_id: the id of the Airflow connection.
    :param deadline: when the wait times out, in seconds since 1970; ``None`` for never.
    :param resume_data: what the task needs when it resumes, SIDs only.
    """
    from airflow_provider_flexout.outreach.waiters import serialize
    from airflow_provider_flexout.triggers.poll import PollTrigger

    return PollTrigger(
        waiter=serialize(waiter),
        flexout_conn_id=flexout_conn_id,
        started_at=time.time(),
        deadline=deadline,
        resume_data=resume_data,
    )


class WaitingMixin(FlexOperator):
    """An operator that can wait until what it started has arrived at a stage.

    :param wait_until: the stage to wait for.
    :param deferrable: whether to wait in the triggerer, which frees the worker. The default is Airflow's
        setting ``default_deferrable``. Either way the task's ``execution_timeout`` bounds the wait.
    """

    template_fields: Sequence[str] = ("wait_until",)

    def __init__(self, *, wait_until: str, deferrable: bool | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wait_until = wait_until
        self.deferrable = deferrable

    def _wait(
        self,
        context: Context,
        waiter: InteractionWaiter | MessageWaiter,
        client: Client,
        result: dict[str, Any],
    ) -> dict[str, Any]:
        """Wait for the stage; this may defer the task, which then resumes in ``execute_complete``.

        :param context: Airflow's context.
        :param waiter: what to poll.
        :param client: the client, for a wait on the worker.
        :param result: the task's result so far, SIDs only.
        :returns: the task's result.
        """
        from airflow_provider_flexout.outreach.errors import WaitTimedOut
        from airflow_provider_flexout.outreach.waiters import PollSchedule, serialize, wait_for

        # Most waits are over at the first poll, and a deferral costs seconds.
        status, limit = client.run(waiter.poll()), self._limit_time(context)
        if not status and is_deferrable(self.deferrable):
            trigger = poll_trigger(waiter, self.flexout_conn_id, limit, result)
            self.defer(trigger=trigger, method_name=durable.EXECUTE_COMPLETE)
        try:
            status = status or client.run(wait_for(waiter, PollSchedule(time.time(), limit)))
        except WaitTimedOut as error:
            self._time_out(f"wait_until={self.wait_until!r}: {str(error).rstrip('.')}")
        return self._finish(context, result, status, serialize(waiter))

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Resume after a deferral.

        :param context: Airflow's context.
        :param event: the trigger's event.
        """
        raise_event_error(event)
        if durable.EVENT_TIMED_OUT in event:
            self._time_out(f"wait_until={self.wait_until!r}: {event[durable.EVENT_TIMED_OUT].rstrip('.')}")
        result, status = event[durable.EVENT_RESUME_DATA], event[durable.EVENT_FOUND]
        return self._finish(context, result, status, event[durable.EVENT_WAITER])

    def _finish(
        self, context: Context, result: dict[str, Any], status: str, waiter: dict[str, Any]
    ) -> dict[str, Any]:
        """Make the task's result once the wait is over.

        :param context: Airflow's context.
        :param result: the result so far.
        :param status: the status that ended the wait.
        :param waiter: the waiter as plain JSON.
        """
        self.log.info("Waited until %s: it is %s.", self.wait_until, status)
        return result
