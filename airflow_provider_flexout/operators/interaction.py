"""Interactions: opening one with a customer, and closing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.connection.running_task import key_of
from airflow_provider_flexout.links.flex import ConversationLink, FlexTaskLink
from airflow_provider_flexout.mixins.base import FlexOperator, permanent_errors_fail_at_once, push_each
from airflow_provider_flexout.mixins.conversation import OutreachMixin
from airflow_provider_flexout.mixins.templates import (
    keep_arguments,
    outreach_arguments_of,
    renderers_of,
    spec_of,
    template_fields_of,
)
from airflow_provider_flexout.mixins.waiting import WaitingMixin
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.mixins.literals.known import Literals
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy
    from airflow_provider_flexout.outreach.spec import OutreachSpec
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.twilio.http.client import Client


class CreateInteractionOperator(OutreachMixin, WaitingMixin):
    """Open a conversation between a customer and an agent in Twilio Flex, once.

    Even if the task is retried, cleared or killed, the customer is contacted once, and the task ends up with
    the same SIDs. To contact a customer again on purpose, run the DAG for another logical date, or change
    ``idempotency_key``.

    Twilio's page: https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions

    :param channel: the kind of channel: ``"sms"``, ``"whatsapp"``, ``"email"``, ``"chat"``, ``"web"`` or
        ``"messenger"``, in any case; or Twilio's whole ``Channel`` object, which is sent as it is and cannot
        be combined with ``to``, ``from_``, ``from_name``, ``cc`` and ``bcc``.
    :param to: the customer: a phone number in E.164 (on WhatsApp, ``whatsapp:`` may precede it), a
        ``messenger:`` id, a mail address (``"Ada <ada@example.com>"`` too), or the identity of a chat user,
        which must not contain a name, number or mail address. It is required unless ``media_channel_sid`` or
        a ``Channel`` object says who the customer is.
    :param from_: the sender's address. The default is ``sms_from``, ``whatsapp_from``, ``messenger_from`` or
        ``email_from`` of the connection; chat and web have no sender and refuse one.
    :param messaging_service_sid: the Messaging Service (``MG…``) that is set on the conversation, on SMS and
        WhatsApp; ``from_`` is one of its numbers. The default is that of the connection, or none.
    :param from_name: the sender's name in an email; the default is ``email_from_name`` of the connection.
        Other channels refuse it.
    :param cc: who gets a copy of the email: one address, several with commas between them, or a list. Other
        channels refuse it.
    :param bcc: who gets a blind copy of the email: one address, several with commas between them, or a list.
        Other channels refuse it.
    :param customer_name: the customer's name, which the agent sees (task attribute ``customerName``).
    :param subject: the subject of the first email (task attribute ``subject``).
    :param routing: Twilio's ``Routing`` object, or its ``properties`` alone. ``queue``, ``worker``,
        ``workflow`` and ``task_channel`` name those in place of their SIDs; ``priority`` is a number, and
        ``timeout`` a timedelta, seconds, or text (``"30m"``, ``"PT30M"``), two weeks at most. Workspace,
        workflow, queue and worker are taken from the connection when left out.
    :param attributes: further attributes of the task, as an object; those in ``routing`` win. Together they
        may take 4,096 characters of JSON.
    :param initiated_by: who starts the interaction: ``"agent"`` (default) opens an outbound task for the
        worker, ``"api"`` lets the workflow choose a worker, ``"customer"`` routes a conversation that the
        customer started and needs ``media_channel_sid``.
    :param media_channel_sid: an existing conversation (``CH…``) to route, in place of ``to``.
    :param strategy: how the conversation is created. ``"conversation_first"``, the default where the channel
        allows it, names and prepares the conversation before it is routed, which makes the outreach happen
        once. ``"one_call"`` sends Twilio's single request. A repeated attempt then recognizes its own work by
        the conversation's name, which is set right afterwards, and by the pair of addresses; on a channel
        without addresses, a task that is killed in between may open a second conversation.
    :param idempotency_key: the key under which the outreach happens once, 1 to 256 characters. The default is
        one outreach per DAG, logical date, task and map index; the run id takes the place of the logical date
        where a run has none. ``"{{ ds }}-{{ params.customer }}"`` makes it one per customer and day over all
        runs and DAGs.
    :param on_open_conversation: what to do when the customer is already in an open conversation with this
        sender: ``"fail"`` (default), ``"join"`` it and return its SIDs, or ``"skip"`` the task. A retry looks
        again, since the conversation may be over by then.
    :param wait_until: the stage to wait for: ``"accepted"`` by Twilio, not by an agent (default, immediate),
        ``"active"`` when the channel is set up, ``"assigned"`` when an agent has accepted, or ``"completed"``
        when the agent is done; the result then has an ``outcome``. A channel that fails or a task that is
        canceled fails this task. This task then deletes the conversation, unless a message was sent in it, so
        clearing the task starts afresh.
    :param interaction_context_sid: an interaction context (``HQ…``), passed on to Twilio.
    :param webhook_ttid: an interaction-level webhook (``flex_interactionwebhook_…``), passed on to Twilio.
    :param frequency_cap: how often the customer may be contacted at most, as in
        ``{"at_most": 1, "per": "P1D"}``. The conversations that this provider opened with them are counted.
        The default is no cap.
    :param require_available_agents: whether to open the conversation only while somebody is available for
        it: the worker that ``routing`` names, otherwise somebody in its queue. Until then the task is
        deferred. The default is false.
    :param available_timeout: how long to wait for an available agent before the task fails: a timedelta,
        seconds, or text (``"30m"``, ``"PT30M"``). The default is an hour.
    :param validate: whether addresses and SIDs are checked before anything is sent; the default is true.
        Turn it off for sample data.
    :param deferrable: whether to wait in the triggerer. The default is Airflow's setting
        ``default_deferrable``. Either way the task's ``execution_timeout`` bounds the wait.
    :param contact_window: when the customer may be contacted: days, hours, time zone and holidays, as an
        object or a ``ContactWindow`` (``docs/follow-ups.md`` lists its keys), or a list of these. Outside of
        it the task is deferred. The default is any time.
    :param timezone: the customer's own time zone as an IANA name, for example from a mapped row, for a
        contact window in the customer's time. The default is all zones that the customer's number may be in.
    :param suppression: whom not to contact: a list of addresses, a query
        (``{"conn_id": …, "sql": …}``) whose first column holds addresses, or a function that takes an address
        and returns whether it is suppressed. The default is nobody.
    :param consent: how to know who has opted out: ``"receipts"`` for what Twilio's delivery receipts say
        (as error 21610), or a function that takes an address and returns whether that customer may be
        contacted. By default nobody is asked.
    :param on_skip: what to do when the customer must not be contacted: ``"skip"`` the task (default), or
        ``"return"`` a result whose SIDs are null, with ``skip_reason``.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :returns: ``interaction_sid`` (KD), ``channel_sid`` (UO), ``conversation_sid`` (CH), ``task_sid`` (WT),
        ``invite_sid`` (KG or null), ``channel_type`` and ``created``, which is false when the conversation
        existed already: an earlier attempt opened it, the customer was in it (``"join"``), or a request of
        this attempt opened it and its response was lost. Each is also an XCom of its own. With
        ``wait_until="completed"`` also ``outcome``: ``worker_sid`` (WK, the agent), ``time_to_accept`` and
        ``duration`` (seconds), ``inbound_messages``, ``outbound_messages``, and ``wrap_up``, the task
        attributes that the agent noted, with addresses masked.
    :raises AirflowFailException: when an argument is wrong or Twilio rejects the request for good.
    :raises AirflowSkipException: when the customer must not be contacted. The XCom ``skip_reason`` then says
        ``suppressed``, ``no_consent``, ``opted_out`` or ``frequency_cap``, or, with
        ``on_open_conversation="skip"``, ``already_talking``.
    """

    opens_conversation = True
    operator_extra_links = (FlexTaskLink(), ConversationLink())

    def __init__(
        self,
        *,
        channel: str | Mapping[str, Any],
        to: str | None = None,
        from_: str | None = None,
        messaging_service_sid: str | None = None,
        from_name: str | None = None,
        cc: str | Sequence[str] | None = None,
        bcc: str | Sequence[str] | None = None,
        customer_name: str | None = None,
        subject: str | None = None,
        routing: Mapping[str, Any] | None = None,
        attributes: Mapping[str, Any] | None = None,
        initiated_by: str = "agent",
        media_channel_sid: str | None = None,
        strategy: str | None = None,
        idempotency_key: str | None = None,
        on_open_conversation: str = "fail",
        wait_until: str = "accepted",
        interaction_context_sid: str | None = None,
        webhook_ttid: str | None = None,
        frequency_cap: Mapping[str, Any] | None = None,
        require_available_agents: bool = False,
        available_timeout: Duration = "1h",
        validate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(wait_until=wait_until, **kwargs)
        keep_arguments(self, locals())

    template_fields: Sequence[str] = template_fields_of(__init__, WaitingMixin, OutreachMixin, FlexOperator)
    template_fields_renderers: ClassVar[dict[str, str]] = renderers_of(__init__, OutreachMixin)
    _result_fields = durable.INTERACTION_FIELDS
    _outreach_arguments = outreach_arguments_of(__init__)

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.mixins.literals.outreach import check_outreach
        from airflow_provider_flexout.outreach.interaction.request import build_request
        from airflow_provider_flexout.outreach.spec import INTERACTION_STAGES
        from airflow_provider_flexout.outreach.values.arguments import check_choice

        super()._check_literals(known)
        if "wait_until" in known:
            check_choice("wait_until", known["wait_until"], INTERACTION_STAGES)
        check_outreach(known, cls._outreach_arguments, build_request)

    def _carry_out(self, context: Context) -> dict[str, Any]:
        """Open the conversation, or find the one that an earlier attempt opened."""
        from airflow_provider_flexout.outreach.interaction.open_once import open_once
        from airflow_provider_flexout.outreach.interaction.request import build_request
        from airflow_provider_flexout.outreach.policies.agent_availability import warn_of_nobody
        from airflow_provider_flexout.outreach.spec import INTERACTION_STAGES
        from airflow_provider_flexout.outreach.values.arguments import check_choice

        spec = spec_of(self)
        with permanent_errors_fail_at_once():
            check_choice("wait_until", self.wait_until, INTERACTION_STAGES)
            request = self._request(context, spec, durable.KeyKind.INTERACTION, build_request)
            with self.hook.get_conn() as client:
                opened = self._open(context, client, request, spec, open_once)
                self._publish(context, request, opened)
                if opened.created and not spec.require_available_agents:
                    client.run(warn_of_nobody(request.routing, self.hook.defaults.queue_sid))
                return self._wait_for_stage(context, request, opened, client)

    def _policies(self, request: InteractionRequest, spec: OutreachSpec) -> Sequence[ContactPolicy]:
        return [*super()._policies(request, spec), *self._agent_policies(request, spec)]

    def _agent_policies(self, request: InteractionRequest, spec: OutreachSpec) -> list[ContactPolicy]:
        """Make the policy that holds the task while no agent is available, if it was asked for."""
        from airflow_provider_flexout.outreach.policies.agent_availability import (
            AGENTS,
            agent_availability_policy,
        )
        from airflow_provider_flexout.outreach.values.durations import read_duration

        if not spec.require_available_agents:
            return []
        limit = read_duration("available_timeout", spec.available_timeout)
        queue_sid = self.hook.defaults.queue_sid
        return [agent_availability_policy(request.routing, queue_sid, limit, self._hold_started(AGENTS))]

    def _wait_for_stage(
        self, context: Context, request: InteractionRequest, opened: InteractionResult, client: Client
    ) -> dict[str, Any]:
        from airflow_provider_flexout.outreach.errors import InteractionFailed
        from airflow_provider_flexout.outreach.interaction.cleanup import delete_failed
        from airflow_provider_flexout.outreach.waiters import InteractionWaiter

        sids = (opened.interaction_sid, opened.channel_sid, opened.task_sid)
        if self.wait_until == "accepted" or None in sids:
            return opened.as_dict()
        waiter = InteractionWaiter(request.workspace_sid, *sids, until=self.wait_until)  # type: ignore[arg-type]
        try:
            return self._wait(context, waiter, client, opened.as_dict())
        except InteractionFailed:
            client.run(delete_failed(request.key, request.workspace_sid, opened))
            raise

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Resume after a deferral, and clean up what has failed for good.

        :param context: Airflow's context.
        :param event: the trigger's event.
        """
        from airflow_provider_flexout.outreach.interaction.cleanup import delete_failed
        from airflow_provider_flexout.outreach.interaction.request import InteractionResult

        if event.get(durable.EVENT_PERMANENT):
            key = key_of(context, durable.KeyKind.INTERACTION, spec_of(self).idempotency_key)
            workspace_sid = event[durable.EVENT_WAITER]["workspace_sid"]
            opened = InteractionResult(**event[durable.EVENT_RESUME_DATA])
            with permanent_errors_fail_at_once(), self.hook.get_conn() as client:
                client.run(delete_failed(key, workspace_sid, opened))
        return super().execute_complete(context, event)

    def _finish(
        self, context: Context, result: dict[str, Any], status: str, waiter: dict[str, Any]
    ) -> dict[str, Any]:
        from airflow_provider_flexout.outreach.waiters import read_outcome

        if self.wait_until == "completed":
            sids = (waiter["workspace_sid"], waiter["task_sid"], result["conversation_sid"])
            with permanent_errors_fail_at_once(), self.hook.get_conn() as client:
                outcome = client.run(read_outcome(*sids)).as_dict()
            context["ti"].xcom_push(key=durable.XCOM_OUTCOME, value=outcome)
            result = result | {durable.XCOM_OUTCOME: outcome}
        return super()._finish(context, result, status, waiter)

    def _publish(self, context: Context, request: InteractionRequest, opened: InteractionResult) -> None:
        """Push SIDs and links before the wait, so that they show whatever the task does next."""
        push_each(context, opened.as_dict())
        self._link_task(context, request.workspace_sid, opened.task_sid)
        self._link_conversation(context, opened.conversation_sid)


class CloseInteractionOperator(FlexOperator):
    """Close an interaction's channel, and with it the conversation.

    If the channel is closed already, the task succeeds. ``channel_status="inactive"`` parks the channel
    instead: agents leave, their tasks are completed, and the conversation stays open for the customer;
    ``InviteAgentOperator`` resumes it. Once somebody was invited, retrying or clearing this task does not
    park the channel again.

    Twilio's page:
    https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interaction-channels

    :param interaction_sid: the interaction, ``KD…``.
    :param channel_sid: its channel, ``UO…``; it is looked up when left out, since an interaction has only
        one.
    :param task_status: what becomes of the agent's task: ``"wrapping"`` (default) leaves the agent time to
        wrap up, ``"completed"`` ends the task. Parking a channel allows only ``"completed"``.
    :param channel_status: ``"closed"`` (default), or ``"inactive"`` to park the channel.
    :param validate: whether SIDs are checked before anything is sent; the default is true. Turn it off for
        sample data.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :raises AirflowFailException: when an argument is wrong or Twilio rejects the request for good.
    """

    def __init__(
        self,
        *,
        interaction_sid: str,
        channel_sid: str | None = None,
        task_status: str | None = None,
        channel_status: str = "closed",
        validate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.interaction_sid = interaction_sid
        self.channel_sid = channel_sid
        self.task_status = task_status
        self.channel_status = channel_status
        self.validate = validate

    template_fields: Sequence[str] = template_fields_of(__init__, FlexOperator)

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.outreach.agents.checks import check_closing

        super()._check_literals(known)
        names = ("interaction_sid", "channel_sid", "task_status", "channel_status", "validate")
        if known.has(*names):
            check_closing(**{name: known[name] for name in names})

    def execute(self, context: Context) -> None:
        """Close the channel."""
        from airflow_provider_flexout.outreach.agents.checks import check_closing
        from airflow_provider_flexout.outreach.agents.close import close_once, park_once

        with permanent_errors_fail_at_once():
            sids = (self.interaction_sid, self.channel_sid)
            check_closing(*sids, self.task_status, self.channel_status, validate=self.validate)
            if self.channel_status == "inactive":
                workspace_sid = self.hook.defaults.require(None, "workspace_sid", "workspace_sid")
                key = key_of(context, durable.KeyKind.PARK, None)
                closing = park_once(*sids, workspace_sid, key=key)
            else:
                closing = close_once(*sids, self.task_status or "wrapping")
            with self.hook.get_conn() as client:
                client.run(closing)
