"""Staying with what was begun until it has got somewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.mixins.base import FlexOperator
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowTaskTimeout, conf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.outreach.waiters import AnyWaiter, InteractionWaiter, MessageWaiter
    from airflow_provider_flexout.triggers.poll import PollTrigger
    from airflow_provider_flexout.twilio.http.client import Client


def defers(deferrable: bool | None) -> bool:
    """Say whether to wait in the triggerer.

    :param deferrable: the operator's own answer; ``None`` leaves it to Airflow's configuration.
    """
    if deferrable is None:
        return conf.getboolean("operators", "default_deferrable", fallback=False)
    return deferrable


def raise_error(event: dict[str, Any]) -> None:
    """Raise what a trigger ran into, if it did.

    :param event: its event.
    """
    from airflow_provider_flexout.twilio.http.errors import FlexoutError

    if durable.EVENT_ERROR in event:
        raise (AirflowFailException if event[durable.EVENT_PERMANENT] else FlexoutError)(
            event[durable.EVENT_ERROR]
        )


def trigger_for(
    watch: AnyWaiter, flexout_conn_id: str, limit: float | None, result: dict[str, Any] | None = None
) -> PollTrigger:
    """Make the trigger of a wait that begins now.

    :param watch: what to look at.
    :param flexout_conn_id: the Airflow connection.
    :param limit: seconds until it ends without having seen it; ``None`` for no end.
    :param result: what the task has found already, SIDs only.
    """
    from airflow_provider_flexout.outreach.waiters import serialize
    from airflow_provider_flexout.triggers.poll import PollTrigger

    now = time.time()
    return PollTrigger(
        waiter=serialize(watch),
        flexout_conn_id=flexout_conn_id,
        started_at=now,
        deadline=None if limit is None else now + limit,
        resume_data=result,
    )


class WaitingOperator(FlexOperator):
    """An operator that can stay with what it began until that has got somewhere.

    :param wait_until: the stage to wait for.
    :param deferrable: whether to wait in the triggerer, which frees the worker. In either case
        ``execution_timeout`` bounds the wait.
    """

    template_fields: Sequence[str] = ("wait_until",)

    def __init__(self, *, wait_until: str, deferrable: bool | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wait_until = wait_until
        self.deferrable = deferrable

    def _wait(self, watch: InteractionWaiter | MessageWaiter, client: Client, result: dict[str, Any]) -> str:
        """Wait for the watch to end; may leave by deferring, to come back in ``execute_complete``."""
        from airflow_provider_flexout.outreach.waiters import PollSchedule, wait_for

        # Most waits are over before they begin, and a deferral costs seconds.
        status = client.run(watch.look())
        if status:
            return status
        if not defers(self.deferrable):
            return client.run(wait_for(watch, PollSchedule(time.time())))
        limit = self.execution_timeout.total_seconds() if self.execution_timeout else None
        trigger = trigger_for(watch, self.flexout_conn_id, limit, result)
        return self.defer(trigger=trigger, method_name=durable.EXECUTE_COMPLETE)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Come back from a deferral.

        :param context: Airflow's.
        :param event: what the trigger saw, and what it was handed.
        """
        raise_error(event)
        if durable.EVENT_TIMED_OUT in event:
            raise AirflowTaskTimeout(f"wait_until={self.wait_until!r}: {event[durable.EVENT_TIMED_OUT]}")
        return self._finish(
            context,
            event[durable.EVENT_RESUME_DATA],
            event[durable.EVENT_FOUND],
            event[durable.EVENT_WAITER],
        )

    def _finish(
        self, context: Context, result: dict[str, Any], status: str, watch: dict[str, Any]
    ) -> dict[str, Any]:
        """Make the task's result once the wait is over."""
        self.log.info("Waited until %s: it is %s.", self.wait_until, status)
        return result
