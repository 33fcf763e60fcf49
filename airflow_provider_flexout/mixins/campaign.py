"""From the arguments of an operator that contacts many to its campaign."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.connection.running_task import (
    is_last_try,
    is_retried,
    logical_date_of,
    source_of,
)
from airflow_provider_flexout.mixins.policies import ContactPolicyMixin
from airflow_provider_flexout.mixins.templates import WrappedFunction, as_template_field, spec_of
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.bulk.campaign import Campaign
    from airflow_provider_flexout.bulk.checkpoint import Checkpoint
    from airflow_provider_flexout.bulk.result import Result
    from airflow_provider_flexout.bulk.runner import CampaignRunner
    from airflow_provider_flexout.twilio.http.client import AsyncClient


_LOOK_BACK = timedelta(days=1)
"""How much earlier than its DAG run a campaign may have begun, for the list of what is done."""


class CampaignMixin(ContactPolicyMixin):
    """An operator that contacts the people of many rows.

    :param timezone: the time zone of customers whose row has none, or a function that takes the values of a
        row, by column, and returns an IANA name or ``None``.
    :param dry_run: whether to rehearse.
    :param rehearsed: the digest of the rehearsal.
    """

    template_fields: Sequence[str] = (*ContactPolicyMixin.template_fields, "rehearsed")

    agent: str
    author: str | None
    campaign: str | None
    columns: Mapping[str, str] | None
    concurrency: int
    content_sid: str | None
    content_variables: Any
    max_failures: float | None
    message: str | Mapping[str, str] | None
    rate: float | None
    results: str | None
    contacts: Any
    arguments_of_fields: ClassVar[Mapping[str, str]] = {"is_rehearsal": "dry_run"}
    _running: CampaignRunner | None = None

    def __init__(
        self,
        *,
        timezone: str | Callable[[Mapping[str, Any]], object] | None = None,
        dry_run: bool = False,
        rehearsed: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(timezone=as_template_field(timezone), **kwargs)
        self.is_rehearsal = dry_run  # Airflow's operators have a method of the argument's name
        self.rehearsed = rehearsed

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Map the operator, as Airflow does; what Airflow then serializes is the same text at each parse.

        :param kwargs: the arguments that all mapped tasks share.
        """
        if "timezone" in kwargs:
            kwargs["timezone"] = as_template_field(kwargs["timezone"])
        return super().partial(**kwargs)

    def make_campaign(self, context: Context) -> Campaign:
        """Make the campaign of the arguments.

        :param context: Airflow's context.
        :raises InvalidInput: when an argument would be wrong for every contact.
        """
        from airflow_provider_flexout.bulk.campaign import Campaign
        from airflow_provider_flexout.outreach.values.plain import user_key

        ti, retried = context["ti"], is_retried(context) or self._held_since is not None
        if self.campaign is None:
            key = durable.campaign_key(ti.dag_id, ti.run_id, logical_date_of(context), ti.task_id)
        else:
            key = user_key(durable.KeyKind.CAMPAIGN, self.campaign)
        spec = spec_of(self)
        return Campaign(
            key=key,
            defaults=self.hook.defaults,
            spec=spec,
            agent=self.agent,
            message=self.message,
            content_sid=self.content_sid,
            content_variables=self.content_variables,
            author=self.author,
            columns=self.columns or {},
            concurrency=self.concurrency,
            rate=self.rate,
            max_failures=self.max_failures,
            rules=self._rules(spec.frequency_cap),
            zone_of=self.timezone.function if isinstance(self.timezone, WrappedFunction) else None,
            retried=retried,
            resumed=retried or self.campaign is not None,
            has_logical_date=logical_date_of(context) is not None,
            last_try=is_last_try(context),
            source=source_of(context),
            name=self.campaign,
        )

    def _done(self, context: Context, client: AsyncClient) -> Checkpoint:
        from airflow_provider_flexout.bulk.checkpoint import Checkpoint

        run = context.get("dag_run")
        began = getattr(run, "start_date", None) or datetime.now(timezone.utc)
        return Checkpoint(client, began - _LOOK_BACK)

    def _digest(self, campaign: Campaign) -> str:
        from airflow_provider_flexout.bulk.rehearsal import digest_of
        from airflow_provider_flexout.bulk.sources.open import rows_of

        return digest_of(campaign, rows_of(self.contacts), self.hook.pseudonym_secret)

    def _check_rehearsed(self, campaign: Campaign) -> None:
        """Refuse a campaign that differs from the rehearsed one, if a rehearsal is named.

        :param campaign: the campaign.
        :raises InvalidInput: when rows or message have changed.
        """
        from airflow_provider_flexout.outreach.errors import InvalidInput

        if self.rehearsed is not None and self.rehearsed != self._digest(campaign):
            raise InvalidInput(
                "rehearsed",
                "the rows, the message or the routing differ from those of the rehearsal, so nobody was "
                "contacted. Rehearse again, and pass the digest that it returns.",
            )

    def rehearse(
        self, context: Context, campaign: Campaign, report: Callable[[Result], None] | None = None
    ) -> dict[str, Any]:
        """Say what the campaign would do.

        :param context: Airflow's context.
        :param campaign: the campaign.
        :param report: is called with what would become of each contact.
        :returns: the summary.
        """
        from airflow_provider_flexout.bulk.event_loop import in_a_loop
        from airflow_provider_flexout.bulk.rehearsal import ReadOnlyClient, RehearsalRunner
        from airflow_provider_flexout.bulk.result import results_in
        from airflow_provider_flexout.bulk.sources.open import rows_of
        from airflow_provider_flexout.outreach.values.arguments import count_of
        from airflow_provider_flexout.twilio.http.limits.adaptive_limit import shared_rate_limits
        from airflow_provider_flexout.twilio.http.limits.rate_limiter import RateLimiter

        async def rehearse() -> RehearsalRunner:
            settings = self.hook.settings
            limiter = RateLimiter(campaign.rate, campaign.concurrency, limits=shared_rate_limits(settings))
            async with ReadOnlyClient(settings, rate_limiter=limiter) as client:
                done = self._done(context, client) if campaign.resumed else None
                with results_in(self.results) as write:

                    def tell(result: Result) -> None:
                        write(result)
                        if report:
                            report(result)

                    every = replace(campaign, max_failures=None)
                    self._running = run = RehearsalRunner(every, client, tell, done=done)
                    await run.go(rows_of(self.contacts))
            return run

        run = in_a_loop(rehearse, self.on_kill)
        ended = count_of(run.progress.ended, "contact")
        if run.interrupted:
            raise AirflowException(f"Stopped from outside after rehearsing {ended}.")
        self.log.info("Rehearsed %s, and nothing was sent: %s.", ended, run.progress)
        return run.as_dict() | {"results": self.results, "digest": self._digest(campaign)}
