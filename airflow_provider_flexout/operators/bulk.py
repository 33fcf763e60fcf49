"""Outreach to many in one task."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.connection.running_task import is_last_try
from airflow_provider_flexout.mixins.base import FlexOperator, permanent_errors_fail_at_once
from airflow_provider_flexout.mixins.deliveries import DeliveryMixin
from airflow_provider_flexout.mixins.templates import (
    keep_arguments,
    outreach_arguments_of,
    renderers_of,
    spec_of,
    template_fields_of,
)
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowException

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.bulk.availability import AgentAvailability
    from airflow_provider_flexout.bulk.campaign import Campaign
    from airflow_provider_flexout.bulk.result import Result
    from airflow_provider_flexout.bulk.runner import CampaignRunner
    from airflow_provider_flexout.bulk.sources.row import Rows
    from airflow_provider_flexout.mixins.literals.known import Literals
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.twilio.http.client import AsyncClient


class BulkOutreachOperator(DeliveryMixin):
    """Open a conversation with each of many customers and send a message in it, each once.

    One task processes many contacts at the same time. Each has a key of its own, made of the campaign's key
    and the contact's id. So a task that is retried or cleared, on any worker, continues with those who have
    not been contacted, and contacts nobody twice. A contact that fails does not stop the others.

    To use many workers, map the task over parts of the file or query; with the same ``campaign``, the parts
    may overlap, or be cut differently the next time.

    :param contacts: a list of objects, such as an XCom; ``{"conn_id": …, "sql": …}`` for a query through any
        database hook; or the path of a ``.csv``, ``.jsonl`` or ``.parquet`` file, local or on object storage,
        also as ``{"path": …, "conn_id": …, "first": …, "last": …}`` for a part of it. A contact has ``to``,
        and may have ``id`` (by default its address), ``channel``, ``from_``, ``customer_name``, ``subject``
        and ``attributes`` (an object, or its JSON); all its columns can be used in the message.
    :param message: the text; ``{column}`` is filled from the contact's row. With
        ``columns={"language": …}``, a text for each language, as in ``{"en": …, "pt-BR": …, "default": …}``.
        It is required unless there is a ``content_sid``.
    :param content_sid: a template, ``HX…``, in place of ``message``.
    :param content_variables: the template's variables, as in ``{"1": "{order}"}``; ``{column}`` is filled
        from the contact's row.
    :param campaign: the campaign's name, 1 to 256 characters. Tasks and runs that give the same name are one
        campaign. The default is one campaign per task and DAG run.
    :param columns: the names of the columns that hold a contact's fields, where they differ, for example
        ``{"to": "phone", "id": "customer_no"}``. It can also name columns for values that each contact has of
        its own: ``content_sid``, ``media_sid``, ``queue``, ``worker``, ``workflow``, ``priority``,
        ``not_before``, ``timezone``, ``language`` and ``idempotency_key``; where such a column is empty, the
        operator's argument applies.
    :param channel: the channel of contacts that name none, by its name: ``"sms"``, ``"whatsapp"``,
        ``"email"``, ``"chat"``, ``"web"`` or ``"messenger"``.
    :param from_: the sender's address, for contacts that name none. The default is the connection's sender
        for the channel.
    :param messaging_service_sid: the Messaging Service (``MG…``) that is set on the conversation, on SMS and
        WhatsApp; ``from_`` is one of its numbers. The default is that of the connection, or none.
    :param routing: Twilio's ``Routing`` object, or its ``properties`` alone, as for
        ``CreateInteractionOperator``.
    :param attributes: further attributes of every contact's task, as an object; a contact's own win. With
        ``agent="on_reply"``, they are the conversation's.
    :param agent: when an agent gets a task: ``"now"`` (default) makes one for each contact; ``"on_reply"``
        makes it when a customer replies, one request less per contact. Email supports only ``"now"``.
    :param on_reply: what happens when a customer replies, with ``agent="on_reply"``, as for
        ``CreateConversationOperator``. The default is the flow ``studio_flow_sid`` of the connection.
    :param close_after: when a conversation without an agent closes, counted from its last message, as for
        ``CreateConversationOperator``. The default is seven days.
    :param initiated_by: who starts the interaction: ``"agent"`` (default) or ``"api"``.
    :param strategy: how a conversation is created, ``"conversation_first"`` or ``"one_call"``, as for
        ``CreateInteractionOperator``.
    :param on_open_conversation: what to do about a customer who is already in an open conversation with this
        sender: ``"fail"`` (default) counts them as failed, ``"join"`` sends the message there, and ``"skip"``
        counts them as suppressed.
    :param author: who the message is from; Twilio's default is ``system``.
    :param concurrency: how many contacts are processed at once; the default is 50.
    :param rate: how many requests to send per second at most. The default is as many as Twilio allows.
    :param max_failures: how many contacts may fail or be invalid: a number, or, below 1, a share of them. If
        more do, no further contact is started, and the task fails. By default any number may. If nobody was
        reached and something was wrong, the task always fails.
    :param results: the path, local or on object storage, of a file that says what became of each contact: a
        line of JSON with ``line``, ``id``, ``outcome``, ``reason`` and the SIDs. Each try rewrites it; a
        mapped task needs a path of its own, as in ``"…/{{ ti.map_index }}.jsonl"``.
    :param dry_run: whether to rehearse: everything is read and checked, including what can be read from
        Twilio, and nothing is sent. The results and the summary say what the campaign would do. The default
        is false.
    :param rehearsed: the ``digest`` that a rehearsal returned; if the rows or the message have changed since,
        the campaign contacts nobody.
    :param wait_until: the delivery status to wait for: ``"queued"`` at Twilio, which is immediate (default),
        ``"sent"`` or ``"delivered"``. With these two, the results say what became of each message, a message
        that does not arrive counts as a failure, and each contact takes one more request.
    :param delivery_timeout: how long to wait at most after the last contact: a timedelta, seconds, or text
        (``"30m"``). Messages whose status is not known by then are counted, and do not fail the task. The
        default is an hour.
    :param deferrable: whether to wait in the triggerer between two checks of the messages. The default is
        Airflow's setting ``default_deferrable``. Either way the task's ``execution_timeout`` bounds the wait.
    :param frequency_cap: how often a customer may be contacted at most: ``{"at_most": 1, "per": "P1D"}``.
        The default is no cap.
    :param require_available_agents: whether to start a contact only while an agent is available for its
        conversation. This is checked every 5 seconds, for all contacts together; after a minute with nobody
        available, the task is deferred. The default is false.
    :param available_timeout: how long nobody may be available before the task fails: a timedelta, seconds, or
        text (``"30m"``, ``"PT30M"``). The default is an hour.
    :param contact_window: when a customer may be contacted, as for ``CreateInteractionOperator``. The task
        contacts the others, and is then deferred until the first of those held may be contacted.
    :param timezone: the time zone of customers whose row has none (``columns={"timezone": …}`` names its
        column), or a function that takes the values of a row, by column, and returns an IANA name or
        ``None``. The default is all zones that the customer's number may be in.
    :param suppression: whom not to contact, as for ``CreateInteractionOperator``; a query is run once for all
        contacts.
    :param consent: how to know who has opted out, as for ``CreateInteractionOperator``.
    :param validate: whether addresses and SIDs are checked before anything is sent; the default is true.
        Turn it off for sample data.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :returns: ``contacts``, how many there were; how many of them ended as ``opened``, ``adopted`` (an earlier
        try had contacted them), ``joined``, ``held``, ``suppressed``, ``duplicate`` (an earlier row contacts
        the same person), ``invalid``, ``failed`` and ``undelivered``; the ``seconds`` of this try; and
        ``results``. The XCom ``summary`` holds the same. If ``max_failures`` has stopped the campaign, there
        is also ``not_begun_after_line``, the last line that was started. With ``wait_until``, ``unconfirmed``
        counts the messages that have neither arrived nor failed. Without it, ``unconfirmed_senders`` is there
        if, a minute after the last message, some senders have none reported as delivered; it counts them. A
        rehearsal returns ``would_open``, ``languages``, ``sms_segments``, ``agent_tasks``, ``requests``,
        ``campaign_seconds`` and ``digest`` as well (``docs/bulk.md``).
    :raises AirflowException: when, a minute after the last message, no receipt says that any message was
        sent; a later try reads the receipts again.
    :raises AirflowFailException: when an argument is wrong; nobody was reached and some contacts failed;
        every message whose receipts were read has failed; ``max_failures`` is exceeded; or a receipt shows
        that the sender may not send: it is not registered, has reached its daily limit, or was disabled.
    :raises AirflowException: when some contacts failed for a reason that may pass, so that a retry continues
        with them; on the last try they are counted as failed instead.
    """

    def __init__(
        self,
        *,
        contacts: Any,
        message: str | Mapping[str, str] | None = None,
        content_sid: str | None = None,
        content_variables: Mapping[Any, Any] | str | None = None,
        campaign: str | None = None,
        columns: Mapping[str, str] | None = None,
        channel: str | None = None,
        from_: str | None = None,
        messaging_service_sid: str | None = None,
        routing: Mapping[str, Any] | None = None,
        attributes: Mapping[str, Any] | None = None,
        agent: str = "now",
        on_reply: str | Mapping[str, str] | None = None,
        close_after: Duration = "7d",
        initiated_by: str = "agent",
        strategy: str | None = None,
        on_open_conversation: str = "fail",
        author: str | None = None,
        concurrency: int = 50,
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
        keep_arguments(self, locals())
        self.contacts = contacts
        self.message = message
        self.content_sid = content_sid
        self.content_variables = content_variables
        self.campaign = campaign
        self.columns = columns
        self.agent = agent
        self.author = author
        self.concurrency = concurrency
        self.rate = rate
        self.max_failures = max_failures
        self.results = results

    template_fields: Sequence[str] = template_fields_of(__init__, DeliveryMixin, FlexOperator)
    template_fields_renderers: ClassVar[dict[str, str]] = renderers_of(__init__, DeliveryMixin)
    _outreach_arguments = outreach_arguments_of(__init__)

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.bulk.receipts.deliveries import DELIVERY_CHOICES
        from airflow_provider_flexout.mixins.literals.campaign import check_campaign
        from airflow_provider_flexout.outreach.values.arguments import check_choice

        super()._check_literals(known)
        if "wait_until" in known:
            check_choice("wait_until", known["wait_until"], DELIVERY_CHOICES)
        check_campaign(known, cls._outreach_arguments)

    def _carry_out(self, context: Context) -> dict[str, Any]:
        """Contact everybody, and return what became of them."""
        from airflow_provider_flexout.bulk.event_loop import in_a_loop
        from airflow_provider_flexout.bulk.sources.open import rows_of

        self._running, self._killed = None, False
        with permanent_errors_fail_at_once():
            self._check_wait()
            campaign, rows = self.make_campaign(context), rows_of(self.contacts)
            self._check_rehearsed(campaign)
            if self.is_rehearsal:
                summary = self.rehearse(context, campaign)
                context["ti"].xcom_push(key=durable.XCOM_SUMMARY, value=summary)
                return summary
            try:
                run = in_a_loop(lambda: self._run(context, campaign, rows), self.on_kill)
            except BaseException:
                if self._running and self._running.interrupted:  # by the timeout, or in the UI
                    self.log.warning("%s", self._interruption(context, self._running))
                raise
        if run.interrupted:
            raise AirflowException(self._interruption(context, run))
        with permanent_errors_fail_at_once():
            return self._conclude(context, run, rows, campaign.max_failures)

    def get_openlineage_facets_on_complete(self, _: Any) -> Any:
        """Name what was read and written; OpenLineage's provider calls this when the task has succeeded."""
        from airflow_provider_flexout.mixins.lineage import WrittenFile, operator_lineage

        written = [WrittenFile(self.results)] if self.results else []
        return operator_lineage(self, [self.contacts, self.suppression], written)

    def _interruption(self, context: Context, run: CampaignRunner) -> str:
        """Say how far the campaign got, and what continues it."""
        from airflow_provider_flexout.outreach.values.arguments import count_of

        further = "Clear the task to continue" if is_last_try(context) else "The next try continues"
        if self.execution_timeout:
            further = f"{self._described_limit()} bounds each try. {further}"
        return (
            f"Stopped from outside after {count_of(run.progress.ended, 'contact')}. {further} with the rest; "
            "nobody is contacted again."
        )

    def on_kill(self) -> None:
        """Start no further contact, and give those in progress two seconds to end."""
        self._killed = True
        if self._running:
            self._running.interrupt()
        if self._deliveries:
            self._deliveries.interrupt()

    async def _run(self, context: Context, campaign: Campaign, rows: Rows) -> CampaignRunner:
        from airflow_provider_flexout.bulk.progress import report_progress
        from airflow_provider_flexout.bulk.result import results_in
        from airflow_provider_flexout.bulk.runner import CampaignRunner

        async with self._client(campaign) as client:
            done = self._done(context, client) if campaign.resumed else None
            with results_in(self.results) as write:

                def tell(result: Result) -> None:
                    write(result)
                    if self._deliveries:
                        self._deliveries.add(result)

                there = self._availability(client)
                self._running = run = CampaignRunner(campaign, client, tell, done=done, availability=there)
                if self._killed:
                    run.interrupt()
                share = partial(run.share_of, rows)
                report = report_progress(context["ti"], run.progress, share, client.rate_limiter)
                reporting = asyncio.create_task(report)
                try:
                    async with self._looking(run, client, campaign.max_failures) as deliveries:
                        await run.go(rows, waits_for_receipts=deliveries is not None)
                    if run.is_complete:
                        await self._wait_for_deliveries(context, client)
                finally:
                    reporting.cancel()
        return run

    def _availability(self, client: AsyncClient) -> AgentAvailability | None:
        """Make what holds the campaign back while no agent is available, if that was asked for."""
        from airflow_provider_flexout.bulk.availability import AgentAvailability
        from airflow_provider_flexout.outreach.policies.agent_availability import AGENTS
        from airflow_provider_flexout.outreach.values.durations import read_duration

        spec = spec_of(self)
        if not spec.require_available_agents:
            return None
        limit = read_duration("available_timeout", spec.available_timeout)
        return AgentAvailability(client, self.hook.defaults.queue_sid, limit, self._hold_started(AGENTS))

    def _conclude(
        self, context: Context, run: CampaignRunner, rows: Rows, max_failures: float | None
    ) -> dict[str, Any]:
        from airflow_provider_flexout.bulk.conclusion import (
            check_arrived,
            check_failures,
            check_reached,
            check_senders,
        )
        from airflow_provider_flexout.bulk.outcome import ContactOutcome
        from airflow_provider_flexout.outreach.policies.decision import Hold
        from airflow_provider_flexout.outreach.values.arguments import count_of

        progress = run.progress
        if progress.ended:
            self.log.info("%s: %s.", count_of(progress.ended, "contact"), progress)
        elif not run.stopped and not run.hold:
            self.log.warning("No contacts in %s.", rows)
        last_started = run.last_started if run.stopped else None
        after = {"not_begun_after_line": last_started} if run.stopped else {}
        if unconfirmed := len(run.sender_check.unconfirmed):
            after["unconfirmed_senders"] = unconfirmed
            self.log.warning(
                "It is not known whether %s may send: none of their messages was reported as "
                "delivered yet, and Twilio refuses a sender only after it has accepted the message.",
                count_of(unconfirmed, "sender"),
            )
        summary = progress.as_dict() | {"results": self.results} | after
        self._record_deliveries(summary)
        context["ti"].xcom_push(key=durable.XCOM_SUMMARY, value=summary)
        check_senders(progress, run.refused or self._refused, last_started)
        check_failures(progress, max_failures, last_started)
        if run.hold:
            self._defer_held(context, run.hold, run.clock)
        if progress.held_until:
            held = count_of(progress.outcomes[ContactOutcome.HELD], "contact")
            hold = Hold(progress.held_until, f"the time of {held} has not come yet.")
            self._defer_held(context, hold, run.clock)
        if progress.passing_failures and not is_last_try(context):
            raise AirflowException(
                f"{count_of(progress.passing_failures, 'contact')} could not be reached yet; the next try "
                f"continues with them.{progress.first_failure(passing=True)}"
            )
        self._go_on_waiting(context)
        check_reached(progress, self.results)
        if self._deliveries is None:  # or more is known by now
            check_arrived(run.sender_check)
        return summary
