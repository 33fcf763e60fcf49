"""Outreach to many in one task."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.operators.base import (
    is_last_try,
    is_retried,
    permanent_errors_fail_at_once,
    source_of,
)
from airflow_provider_flexout.operators.gates import GatedOperator
from airflow_provider_flexout.version_compat import AirflowException, AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.outreach.bulk.campaign import Campaign
    from airflow_provider_flexout.outreach.bulk.done import Done
    from airflow_provider_flexout.outreach.bulk.result import Result
    from airflow_provider_flexout.outreach.bulk.rows import Rows
    from airflow_provider_flexout.outreach.bulk.running import Run
    from airflow_provider_flexout.outreach.bulk.tally import Tally
    from airflow_provider_flexout.twilio.client import AsyncClient
    from airflow_provider_flexout.twilio.pace import Pace

_PROGRESS_EVERY = 10.0
"""Seconds."""
_LOOK_BACK = timedelta(days=1)
"""How much earlier than its DAG run a campaign may have begun, for the list of what is done."""


class BulkOutreachOperator(GatedOperator):
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
        and ``attributes``; all its columns can be used in the message.
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
        ``line``, ``id``, ``outcome``, ``reason`` and the SIDs. Written anew by every try.
    :param validate: whether addresses and SIDs are checked before anything is sent; off for sample data.
    :param flexout_conn_id: the Airflow connection.
    :returns: how many contacts there were, how many of them ended as ``opened``, ``adopted`` (by an earlier
        try), ``joined``, ``held``, ``suppressed``, ``invalid`` and ``failed``, the ``seconds`` of this try,
        and ``results``.
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
        "flexout_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "content_variables": "json",
        "routing": "json",
        "attributes": "json",
        "columns": "json",
    }

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
        self.validate = validate

    def _carry_out(self, context: Context) -> dict[str, Any]:
        """Reach all contacts, and say what became of them."""
        from airflow_provider_flexout.sources.rows import rows_of

        with permanent_errors_fail_at_once():
            campaign, rows = self._campaign(context), rows_of(self.contacts)
            run = asyncio.run(self._run(context, campaign, rows))
        return self._conclude(context, run)

    async def _run(self, context: Context, campaign: Campaign, rows: Rows) -> Run:
        from airflow_provider_flexout.outreach.bulk.running import Run
        from airflow_provider_flexout.twilio.client import AsyncClient
        from airflow_provider_flexout.twilio.pace import Pace

        concurrency = int(self.concurrency)
        pace = Pace(None if self.rate is None else float(self.rate), concurrency)
        async with AsyncClient(self.hook.settings, pace=pace) as client:
            done = await self._read_done(context, client) if self._is_resumed(context) else {}
            with self._results() as write:
                run = Run(
                    campaign,
                    client,
                    write,
                    done=done,
                    concurrency=concurrency,
                    max_failures=None if self.max_failures is None else float(self.max_failures),
                )
                talking = asyncio.create_task(self._say_progress(run.tally, rows, pace))
                try:
                    await run.go(rows)
                finally:
                    talking.cancel()
        return run

    def _is_resumed(self, context: Context) -> bool:
        """Say whether somebody may have been reached by an earlier part of this task's life."""
        return is_retried(context) or self._held_since is not None

    async def _read_done(self, context: Context, client: AsyncClient) -> Done:
        from airflow_provider_flexout.outreach.bulk.done import read_done

        run = context.get("dag_run")
        began = getattr(run, "start_date", None) or datetime.now(timezone.utc)
        done = await client.run(read_done(began - _LOOK_BACK))
        self.log.info(
            "Twilio holds %d outreaches that are open and greeted since %s.", len(done), began.date()
        )
        return done

    @contextlib.contextmanager
    def _results(self) -> Iterator[Callable[[Result], None]]:
        """Open the file of results; without one, what failed is in the log."""
        from airflow_provider_flexout.sources.file import storage_path

        if not self.results:
            yield self._log_failure
            return
        path = storage_path(self.results)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:  # type: ignore[no-untyped-call]
            yield lambda result: file.write(result.as_json() + "\n")

    def _log_failure(self, result: Result) -> None:
        if result.reason:
            self.log.warning(
                "Line %d (%s): %s: %s", result.line, result.id, result.outcome.value, result.reason
            )

    async def _say_progress(self, tally: Tally, rows: Rows, pace: Pace) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_EVERY)
            self.log.info("%s; %d times too fast for Twilio.", tally.progress(rows.share()), pace.refusals)

    def _conclude(self, context: Context, run: Run) -> dict[str, Any]:
        from airflow_provider_flexout.outreach.bulk.result import Outcome
        from airflow_provider_flexout.outreach.gates.decision import Hold

        tally = run.tally
        self.log.info("%d contacts: %s.", tally.ended, tally)
        summary = tally.as_dict() | {"results": self.results}
        context["ti"].xcom_push(key="summary", value=summary)
        if run.stopped:
            raise AirflowFailException(
                f"Stopped after {tally.ended} contacts: {tally.failures} of them failed or cannot be used, "
                f"more than max_failures={self.max_failures} allows ({tally})."
            )
        if tally.held_until:
            held = Hold(tally.held_until, f"{tally.outcomes[Outcome.HELD]} contacts wait for their time.")
            self._hold(held)
        if tally.passing_failures and not is_last_try(context):
            raise AirflowException(
                f"{tally.passing_failures} contacts could not be reached yet; the next try goes on with them."
            )
        return summary

    def _campaign(self, context: Context) -> Campaign:
        from airflow_provider_flexout.outreach.bulk.campaign import Campaign
        from airflow_provider_flexout.outreach.keys import given_key, outreach_key

        ti = context["ti"]
        if self.campaign is None:
            key = outreach_key(ti.dag_id, ti.run_id, ti.task_id)
        else:
            key = given_key("campaign", self.campaign)
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
            retried=self._is_resumed(context),
            last_try=is_last_try(context),
            source=source_of(context),
        )
