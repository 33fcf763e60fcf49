"""From the arguments of an operator that contacts many to its campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.connection.running_task import (
    is_last_try,
    is_retried,
    logical_date_of,
    source_of,
)
from airflow_provider_flexout.mixins.arguments import spec_of
from airflow_provider_flexout.mixins.policies import ContactPolicyMixin
from airflow_provider_flexout.mixins.suppression import WrappedFunction, as_template_field
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow.sdk import Context

    from airflow_provider_flexout.bulk.campaign import Campaign


class CampaignMixin(ContactPolicyMixin):
    """An operator that contacts the people of many rows.

    :param timezone: the time zone of customers whose row has none, or a function that takes the values of a
        row, by column, and returns an IANA name or ``None``.
    """

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

    def __init__(
        self, *, timezone: str | Callable[[Mapping[str, Any]], object] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(timezone=as_template_field(timezone), **kwargs)

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Map the operator, as Airflow does; what it serializes then is the same text at each parse.

        :param kwargs: the arguments that all mapped tasks share.
        """
        if "timezone" in kwargs:
            kwargs["timezone"] = as_template_field(kwargs["timezone"])
        return super().partial(**kwargs)

    def _campaign(self, context: Context) -> Campaign:
        from airflow_provider_flexout.bulk.campaign import Campaign
        from airflow_provider_flexout.outreach.values.keys import user_key

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
            last_try=is_last_try(context),
            source=source_of(context),
            name=self.campaign,
        )
