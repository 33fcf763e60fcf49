"""Waiting until the messages of a campaign have arrived, on the worker or between deferrals."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.mixins.campaign import CampaignMixin
from airflow_provider_flexout.mixins.waiting import is_deferrable
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowException

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.bulk.campaign import Campaign
    from airflow_provider_flexout.bulk.receipts.deliveries import Deliveries
    from airflow_provider_flexout.bulk.runner import CampaignRunner
    from airflow_provider_flexout.outreach.errors import DeliveryFailed
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.twilio.http.client import AsyncClient


class DeliveryMixin(CampaignMixin):
    """A campaign that can wait until its messages have arrived.

    :param wait_until: the delivery status to wait for: ``"queued"``, ``"sent"`` or ``"delivered"``.
    :param delivery_timeout: how long to wait after the last contact at most.
    :param deferrable: whether to wait in the triggerer between two checks of the messages.
    """

    template_fields: Sequence[str] = (*CampaignMixin.template_fields, "wait_until", "delivery_timeout")

    results: str | None
    _killed = False
    _deliveries: Deliveries | None = None
    _delivery_limit: timedelta
    _wait_began: float = 0.0
    _try_began: float = 0.0

    def __init__(
        self,
        *,
        wait_until: str = "queued",
        delivery_timeout: Duration = "1h",
        deferrable: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.wait_until = wait_until
        self.delivery_timeout = delivery_timeout
        self.deferrable = deferrable

    def _client(self, campaign: Campaign) -> AsyncClient:
        """Make the client, which keeps the campaign's limits and the account's.

        :param campaign: the campaign.
        """
        from airflow_provider_flexout.twilio.http.client import AsyncClient
        from airflow_provider_flexout.twilio.http.limits.adaptive_limit import shared_rate_limits
        from airflow_provider_flexout.twilio.http.limits.rate_limiter import RateLimiter

        settings = self.hook.settings
        limiter = RateLimiter(campaign.rate, campaign.concurrency, limits=shared_rate_limits(settings))
        return AsyncClient(settings, rate_limiter=limiter)

    def _check_wait(self) -> None:
        """Refuse wrong arguments of the wait.

        :raises InvalidInput: naming the argument.
        """
        from airflow_provider_flexout.bulk.receipts.deliveries import DELIVERY_CHOICES
        from airflow_provider_flexout.outreach.values.arguments import check_choice
        from airflow_provider_flexout.outreach.values.durations import read_duration

        check_choice("wait_until", self.wait_until, DELIVERY_CHOICES)
        self._delivery_limit = read_duration("delivery_timeout", self.delivery_timeout)

    @contextlib.asynccontextmanager
    async def _looking(
        self, run: CampaignRunner, client: AsyncClient, max_failures: float | None
    ) -> AsyncIterator[Deliveries | None]:
        """Look at the messages while the campaign runs within the block.

        :param run: the campaign.
        :param client: the client.
        :param max_failures: how many contacts may fail.
        """
        from airflow_provider_flexout.bulk.receipts.deliveries import Deliveries

        self._deliveries, self._try_began, self._wait_began = None, time.time(), 0.0
        if self.wait_until == "queued":
            yield None
            return
        self._deliveries = deliveries = Deliveries(self.wait_until, run.progress, max_failures)
        looking = asyncio.create_task(deliveries.look_while_running(client, run.begin_no_more))
        try:
            yield deliveries
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _wait_for_deliveries(self, context: Context, client: AsyncClient) -> None:
        """Look until all is known or the time is over; a task that can be deferred looks once.

        :param context: Airflow's context.
        :param client: the client.
        """
        from airflow_provider_flexout.outreach.waiters import PollSchedule

        deliveries = self._deliveries
        if deliveries is None:
            return
        if self._killed:
            deliveries.interrupt()
        self._wait_began = self._wait_began or time.time()
        if is_deferrable(self.deferrable):
            await deliveries.look(client)
        else:
            await deliveries.wait(client, PollSchedule(self._wait_began, self._deadline(context)))

    @property
    def _refused(self) -> DeliveryFailed | None:
        """What a receipt has shown to be wrong with a sender."""
        return self._deliveries.refused if self._deliveries else None

    def _deadline(self, context: Context) -> float:
        """Say when the wait ends, in seconds since 1970."""
        end, limit = self._wait_began + self._delivery_limit.total_seconds(), self._limit_time(context)
        return end if limit is None else min(end, limit)

    def _record_deliveries(self, summary: dict[str, Any]) -> None:
        """Write into the results what became of the messages, and into the summary how many are open."""
        from airflow_provider_flexout.bulk.result import add_deliveries

        if self._deliveries is not None:
            add_deliveries(self.results, self._deliveries.found, self._deliveries.reasons)
            summary[durable.XCOM_UNCONFIRMED] = len(self._deliveries.unconfirmed)

    def _go_on_waiting(self, context: Context) -> None:
        """Defer the task where messages are still waited for and there is time.

        :param context: Airflow's context.
        :raises AirflowTaskTimeout: when ``execution_timeout`` is over.
        """
        from airflow_provider_flexout.bulk.receipts.deliveries import write_pages
        from airflow_provider_flexout.outreach.values.arguments import count_of
        from airflow_provider_flexout.outreach.values.durations import format_duration
        from airflow_provider_flexout.outreach.waiters import PollSchedule
        from airflow_provider_flexout.triggers.timer import TimerTrigger

        deliveries = self._deliveries
        if deliveries is None or not deliveries.unconfirmed:
            return
        now, limit = time.time(), self._limit_time(context)
        schedule = PollSchedule(self._wait_began, self._deadline(context))
        messages = count_of(len(deliveries.unconfirmed), "message")
        if schedule.is_over(now):
            if limit is not None and now >= limit:
                self._time_out(f"wait_until={self.wait_until!r}: still waiting for {messages}")
            self.log.warning(
                "After %s (delivery_timeout), not reported as %s yet: %s.",
                format_duration(self._delivery_limit), self.wait_until, messages,
            )  # fmt: skip
            return
        pages = write_pages(deliveries)
        for key, page in pages.items():
            context["ti"].xcom_push(key=key, value=page)
        progress = deliveries.progress
        values = (
            self._try_began,
            self._wait_began,
            {one.value: count for one, count in progress.outcomes.items()},
            len(pages),
        )
        data = dict(zip(durable.DELIVERY_WAIT_FIELDS, values, strict=True)) | self._time_limit_data(context)
        until = datetime.now(timezone.utc) + timedelta(seconds=schedule.pause(now))
        self.log.info("Not reported as %s yet: %s.", self.wait_until, messages)
        self.defer(trigger=TimerTrigger(until=until, resume_data=data), method_name=durable.EXECUTE_COMPLETE)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Resume to look at the messages that are waited for; nobody is contacted.

        :param context: Airflow's context.
        :param event: the trigger's event.
        """
        from airflow_provider_flexout.bulk.conclusion import check_failures, check_reached, check_senders
        from airflow_provider_flexout.bulk.event_loop import in_a_loop
        from airflow_provider_flexout.bulk.outcome import ContactOutcome
        from airflow_provider_flexout.bulk.progress import Progress
        from airflow_provider_flexout.bulk.receipts.deliveries import Deliveries, read_pages
        from airflow_provider_flexout.mixins.base import permanent_errors_fail_at_once

        data = event[durable.EVENT_RESUME_DATA]
        if (limit := self._limit_time(context, data)) is not None:
            self._bound_time(limit, f"wait_until={self.wait_until!r}")
        self._check_wait()
        self._try_began, self._wait_began, outcomes, count = (
            data[name] for name in durable.DELIVERY_WAIT_FIELDS
        )
        progress = Progress(seconds=time.time() - self._try_began)
        progress.outcomes.update({ContactOutcome(one): number for one, number in outcomes.items()})
        ti = context["ti"]
        pages = [ti.xcom_pull(key=durable.unconfirmed_page(one)) for one in range(count)]
        with permanent_errors_fail_at_once():
            campaign = self.make_campaign(context)
            self._deliveries = Deliveries(self.wait_until, progress, campaign.max_failures, read_pages(pages))
            in_a_loop(lambda: self._look_again(context, campaign), self.on_kill)
            if self._killed:
                raise AirflowException(
                    "Stopped from outside while it waited for receipts. The next try waits for them again, "
                    "and contacts nobody again."
                )
            summary = progress.as_dict() | {"results": self.results}
            self._record_deliveries(summary)
        ti.xcom_push(key=durable.XCOM_SUMMARY, value=summary)
        check_senders(progress, self._refused, None)
        check_failures(progress, campaign.max_failures, None)
        self._go_on_waiting(context)
        check_reached(progress, self.results)
        return summary

    async def _look_again(self, context: Context, campaign: Campaign) -> None:
        async with self._client(campaign) as client:
            await self._wait_for_deliveries(context, client)
