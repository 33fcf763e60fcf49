"""Outreach to many in one task."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.mixins.base import (
    is_last_try,
    is_retried,
    logical_date_of,
    permanent_errors_fail_at_once,
    source_of,
)
from airflow_provider_flexout.mixins.policies import ContactPolicyMixin
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowException, AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.bulk.availability import AgentAvailability
    from airflow_provider_flexout.bulk.campaign import Campaign
    from airflow_provider_flexout.bulk.checkpoint import Checkpoint
    from airflow_provider_flexout.bulk.limits import Limits
    from airflow_provider_flexout.bulk.policies import CampaignPolicies
    from airflow_provider_flexout.bulk.runner import CampaignRunner
    from airflow_provider_flexout.bulk.sources.row import Rows
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.twilio.http.client import AsyncClient

_LOOK_BACK = timedelta(days=1)
"""How much earlier than its DAG run a campaign may have begun, for the list of what is done."""


class BulkOutreachOperator(ContactPolicyMixin):
    """Open a conversation with each of many customers and say something in it, each once.

    Many contacts are at work at the same time in one task. Each has a key of its own, made of the campaign's
    and the contact's id: a retried or cleared task goes on with those who have not been reached, on any
    worker, and contacts nobody twice. What is wrong with one contact does not stop the others.

    To use many workers, map the task over parts of the file or query; with the same ``campaign`` they may
    overlap, or be cut differently the next time.

    :param contacts: a list of objects, such as an XCom; ``{"conn_id": …, "sql": …}`` for a query through any
        database hook; or the path of a ``.csv``, ``.jsonl`` or ``.parquet`` file, local or on object storage,
        also as ``{"path": …, "conn_id": …, "first": …, "last": …}`` for a part of it. A contact has ``to``,
        and may have ``id`` (by default its address), ``channel``, ``from_``, ``customer_name``, ``subject``
        and ``attributes`` (an object, or its JSON); all its columns can be used in the message.
    :param message: the text; ``{column}`` is filled from the contact's row. Or
    :param content_sid: a template, ``HX…``.
    :param content_variables: the template's variables, with ``{column}`` likewise.
    :param campaign: 1 to 256 characters. The default is one campaign per task and DAG run; a name of your own
        makes it one over all of them.
    :param columns: where the file has other names, for example ``{"to": "phone", "id": "customer_no"}``.
    :param channel: for contacts that name none; see ``CreateInteractionOperator``, and so for the following.
    :param from_: our address; otherwise the connection's.
    :param routing: Twilio's ``Routing`` object, or just its ``properties``.
    :param attributes: further task attributes.
    :param initiated_by: ``"agent"`` or ``"api"``.
    :param strategy: ``"conversation_first"`` or ``"one_call"``.
    :param on_open_conversation: for a customer who is already in an open conversation with this sender:
        ``"fail"``, ``"join"`` it and speak there, or ``"skip"`` them.
    :param author: who says the message; Twilio's default is ``system``.
    :param concurrency: how many contacts are at work at once.
    :param rate: requests per second at most; without it, as many as Twilio allows.
    :param max_failures: a number of contacts, or a share of them below 1, that may fail or be unusable before
        no further contact is begun and the task fails.
    :param results: a path, local or on object storage, for what became of each contact: a line of JSON with
        ``line``, ``id``, ``outcome``, ``reason`` and the SIDs. Written anew by every try; a mapped task
        needs a path of its own, as in ``"…/{{ ti.map_index }}.jsonl"``.
    :param frequency_cap: how often a customer may be contacted at most: ``{"at_most": 1, "per": "P1D"}``.
    :param require_available_agents: whether to begin a contact only while somebody could take its
        conversation. All contacts share one look, every 5 seconds; after a minute without anybody the task is
        deferred.
    :param available_timeout: how long nobody may be available before the task fails: a timedelta, seconds, or
        text (``"30m"``, ``"PT30M"``); an hour by default.
    :param contact_window: when a customer may be contacted, see :class:`ContactPolicyMixin` for this and
        the next two. The task goes on to the others, and is deferred until the first of those held may be
        contacted.
    :param suppression: whom not to contact; a database is asked once.
    :param consent: how to know who has opted out.
    :param validate: whether addresses and SIDs are checked before anything is sent; off for sample data.
    :param flexout_conn_id: the Airflow connection.
    :returns: how many contacts there were, how many of them ended as ``opened``, ``adopted`` (by an earlier
        try), ``joined``, ``held``, ``suppressed``, ``invalid`` and ``failed``, the ``seconds`` of this try,
        and ``results``. The same is the XCom ``summary``, which after ``max_failures`` has also the line
        after which nobody was begun, ``not_begun_after_line``.
    :raises AirflowFailException: when an argument is wrong, or ``max_failures`` is exceeded.
    :raises AirflowException: when some could not be reached for a passing reason, so that a retry goes on
        with them; on the last try they are counted as failed instead.
    """

    template_fields: Sequence[str] = (
        "contacts",
        "message",
        "content_sid",
        "content_variables",
        "campaign",
        "columns",
        "channel",
        "from_",
        "routing",
        "attributes",
        "on_open_conversation",
        "author",
        "concurrency",
        "rate",
        "max_failures",
        "results",
        "frequency_cap",
        "available_timeout",
        "contact_window",
        "suppression",
        "flexout_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "content_variables": "json",
        "routing": "json",
        "attributes": "json",
        "columns": "json",
        "frequency_cap": "json",
        "contact_window": "json",
    }

    _running: CampaignRunner | None = None
    _killed = False

    def __init__(
        self,
        *,
        contacts: Any,
        message: str | None = None,
        content_sid: str | None = None,
        content_variables: Mapping[str, Any] | None = None,
        campaign: str | None = None,
        columns: Mapping[str, str] | None = None,
        channel: str | None = None,
        from_: str | None = None,
        routing: Mapping[str, Any] | None = None,
        attributes: Mapping[str, Any] | None = None,
        initiated_by: str = "agent",
        strategy: str | None = None,
        on_open_conversation: str = "fail",
        author: str | None = None,
        concurrency: int = 20,
        rate: float | None = None,
        max_failures: float | None = None,
        results: str | None = None,
        frequency_cap: Mapping[str, Any] | None = None,
        require_available_agents: bool = False,
        available_timeout: Duration = "1h",
        validate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.contacts = contacts
        self.message = message
        self.content_sid = content_sid
        self.content_variables = content_variables
        self.campaign = campaign
        self.columns = columns
        self.channel = channel
        self.from_ = from_
        self.routing = routing
        self.attributes = attributes
        self.initiated_by = initiated_by
        self.strategy = strategy
        self.on_open_conversation = on_open_conversation
        self.author = author
        self.concurrency = concurrency
        self.rate = rate
        self.max_failures = max_failures
        self.results = results
        self.frequency_cap = frequency_cap
        self.require_available_agents = require_available_agents
        self.available_timeout = available_timeout
        self.validate = validate

    def _carry_out(self, context: Context) -> dict[str, Any]:
        """Reach all contacts, and say what became of them."""
        from airflow_provider_flexout.bulk.event_loop import in_a_loop
        from airflow_provider_flexout.bulk.limits import read_limits
        from airflow_provider_flexout.bulk.sources.open import rows_of

        self._running, self._killed = None, False
        with permanent_errors_fail_at_once():
            limits = read_limits(self.concurrency, self.rate, self.max_failures)
            campaign, rows = self._campaign(context), rows_of(self.contacts)
            run = in_a_loop(lambda: self._run(context, campaign, rows, limits), self.on_kill)
        if run.interrupted:
            raise AirflowException(
                f"Stopped from outside after {run.progress.ended} contacts; another try continues with the "
                "rest."
            )
        return self._conclude(context, run, rows)

    def on_kill(self) -> None:
        """Begin no further contact, and give those under way two seconds to end."""
        self._killed = True
        if self._running:
            self._running.interrupt()

    async def _run(self, context: Context, campaign: Campaign, rows: Rows, limits: Limits) -> CampaignRunner:
        from airflow_provider_flexout.bulk.report import report_progress, results_in
        from airflow_provider_flexout.bulk.runner import CampaignRunner
        from airflow_provider_flexout.twilio.http.client import AsyncClient
        from airflow_provider_flexout.twilio.http.limits.adaptive_limit import shared_rate_limit
        from airflow_provider_flexout.twilio.http.limits.rate_limiter import RateLimiter

        settings = self.hook.settings
        limiter = RateLimiter(limits.rate, limits.concurrency, adaptive_limit=shared_rate_limit(settings))
        async with AsyncClient(settings, rate_limiter=limiter) as client:
            done = self._done(context, client) if campaign.resumed else None
            with results_in(self.results) as write:
                run = CampaignRunner(
                    campaign,
                    client,
                    write,
                    done=done,
                    concurrency=limits.concurrency,
                    max_failures=limits.max_failures,
                    availability=self._availability(client),
                )
                self._running = run
                if self._killed:
                    run.interrupt()
                talking = asyncio.create_task(report_progress(context["ti"], run, rows, limiter))
                try:
                    await run.go(rows)
                finally:
                    talking.cancel()
        return run

    def _availability(self, client: AsyncClient) -> AgentAvailability | None:
        """Make what holds while nobody could take a conversation, where that was asked for."""
        from airflow_provider_flexout.bulk.availability import AgentAvailability
        from airflow_provider_flexout.outreach.policies.agent_availability import AGENTS
        from airflow_provider_flexout.outreach.values.durations import read_duration

        if not self.require_available_agents:
            return None
        limit = read_duration("available_timeout", self.available_timeout)
        return AgentAvailability(client, self.hook.defaults.queue_sid, limit, self._hold_started(AGENTS))

    def _rules(self) -> CampaignPolicies | None:
        """Read what has to agree before a customer is contacted, once for all of them."""
        from airflow_provider_flexout.bulk.policies import CampaignPolicies
        from airflow_provider_flexout.mixins.suppression import load_suppression
        from airflow_provider_flexout.outreach.policies.contact_window import read_window
        from airflow_provider_flexout.outreach.policies.frequency_cap import read_cap

        rules = (self.suppression, self.consent, self.frequency_cap, self.contact_window)
        if rules == (None, None, None, None):
            return None
        suppressed = None if self.suppression is None else load_suppression(self.suppression)
        return CampaignPolicies(
            refusals=lambda recipients: self._exclusion_policies(recipients, suppressed),
            cap=None if self.frequency_cap is None else read_cap(self.frequency_cap),
            hours=None if self.contact_window is None else read_window(self.contact_window),
        )

    def _done(self, context: Context, client: AsyncClient) -> Checkpoint:
        from airflow_provider_flexout.bulk.checkpoint import Checkpoint

        run = context.get("dag_run")
        began = getattr(run, "start_date", None) or datetime.now(timezone.utc)
        return Checkpoint(client, began - _LOOK_BACK)

    def _conclude(self, context: Context, run: CampaignRunner, rows: Rows) -> dict[str, Any]:
        from airflow_provider_flexout.bulk.result import ContactOutcome
        from airflow_provider_flexout.outreach.policies.decision import Hold

        progress = run.progress
        if progress.ended:
            self.log.info("%s contacts: %s.", f"{progress.ended:,}", progress)
        elif not run.stopped and not run.hold:
            self.log.warning("No contacts in %s.", rows)
        after = {"not_begun_after_line": run.last_started} if run.stopped else {}
        summary = progress.as_dict() | {"results": self.results} | after
        context["ti"].xcom_push(key=durable.XCOM_SUMMARY, value=summary)
        if run.stopped:
            raise AirflowFailException(
                f"Stopped after {progress.ended} contacts: {progress.failures} of them failed or cannot be "
                f"used, more than max_failures={self.max_failures} allows ({progress}). "
                f"None was started after line {run.last_started:,}."
            )
        if run.hold:
            self._defer_held(run.hold)
        if progress.held_until:
            self._defer_held(
                Hold(
                    progress.held_until,
                    f"{progress.outcomes[ContactOutcome.HELD]} contacts wait for their time.",
                )
            )
        if progress.passing_failures and not is_last_try(context):
            raise AirflowException(
                f"{progress.passing_failures} contacts could not be reached yet; the next try "
                "continues with them."
            )
        return summary

    def _campaign(self, context: Context) -> Campaign:
        from airflow_provider_flexout.bulk.campaign import Campaign
        from airflow_provider_flexout.outreach.values.keys import user_key

        ti, retried = context["ti"], is_retried(context) or self._held_since is not None
        if self.campaign is None:
            key = durable.campaign_key(ti.dag_id, ti.run_id, logical_date_of(context), ti.task_id)
        else:
            key = user_key(durable.KeyKind.CAMPAIGN, self.campaign)
        return Campaign(
            key=key,
            defaults=self.hook.defaults,
            message=self.message,
            content_sid=self.content_sid,
            content_variables=self.content_variables,
            channel=self.channel,
            from_=self.from_,
            routing=self.routing,
            attributes=self.attributes,
            initiated_by=self.initiated_by,
            strategy=self.strategy,
            on_open_conversation=self.on_open_conversation,
            author=self.author,
            columns=self.columns or {},
            validate=self.validate,
            rules=self._rules(),
            retried=retried,
            resumed=retried or self.campaign is not None,
            last_try=is_last_try(context),
            source=source_of(context),
        )
