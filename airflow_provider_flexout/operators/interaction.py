"""Opening and closing interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.links.flex import ConversationLink, FlexTaskLink, task_url
from airflow_provider_flexout.mixins.arguments import (
    json_arguments,
    keep_arguments,
    spec_of,
    templated_arguments,
)
from airflow_provider_flexout.mixins.base import (
    FlexOperator,
    is_last_try,
    is_retried,
    key_of,
    permanent_errors_fail_at_once,
    push_each,
    skip,
    source_of,
)
from airflow_provider_flexout.mixins.policies import ContactPolicyOperator
from airflow_provider_flexout.mixins.waiting import WaitingOperator
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
    from airflow_provider_flexout.outreach.interaction.spec import OutreachSpec
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.twilio.http.client import Client


class CreateInteractionOperator(ContactPolicyOperator, WaitingOperator):
    """Open a conversation between a customer and an agent in Twilio Flex, once.

    Retried, cleared or killed at any moment, the task contacts the customer once and ends up holding
    the same SIDs. To contact a customer again on purpose, run the DAG for another logical date, or
    change ``idempotency_key``.

    Twilio's page: https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions

    :param channel: ``"sms"``, ``"whatsapp"``, ``"email"``, ``"chat"``, ``"web"`` or ``"messenger"`` with
        the arguments below, or Twilio's whole ``Channel`` object, which is sent as it is.
    :param to: the customer: a number in E.164 (on WhatsApp ``whatsapp:`` is put before a bare one),
        ``messenger:`` and their id, a mail address (``"Ada <ada@example.com>"`` too), or on chat and web the
        identity of a chat user, which holds nobody's name, number or mail address.
    :param from_: our address; otherwise ``sms_from``, ``whatsapp_from``, ``messenger_from`` or ``email_from``
        of the connection. Chat and web have none.
    :param from_name: the name beside ``from_`` (email); otherwise ``email_from_name`` of the connection.
    :param cc: who else gets the email: one address, several with commas between them, or a list.
    :param bcc: likewise, unseen.
    :param customer_name: shown to the agent (task attribute ``customerName``).
    :param subject: of the first email (task attribute ``subject``).
    :param routing: Twilio's ``Routing`` object, or just its ``properties``. ``queue``, ``worker``,
        ``workflow`` and ``task_channel`` are their names, in place of the SIDs; ``priority`` is a number,
        ``timeout`` a timedelta, seconds, or text (``"30m"``, ``"PT30M"``), two weeks at most. What is
        missing of workspace, workflow, queue and worker comes from the connection.
    :param attributes: further task attributes; those in ``routing`` win. 4,096 characters of JSON at
        most, all together.
    :param initiated_by: ``"agent"`` opens an outbound task for the worker, ``"api"`` lets the workflow
        choose one, ``"customer"`` routes a conversation that the customer began.
    :param media_channel_sid: an existing conversation (``CH…``) to route, in place of ``to``.
    :param strategy: ``"conversation_first"`` (default where the channel allows it) names and prepares
        the conversation before it is routed, which is what makes the outreach happen once.
        ``"one_call"`` sends Twilio's single request. A repeated attempt then knows its own work by the
        conversation's name, given right afterwards, and by the pair of addresses; a task killed in
        the instant between on a channel without addresses may open a second one.
    :param idempotency_key: 1 to 256 characters. The default is one outreach per DAG, logical date, task and
        map index, or per run id where the run has no logical date;
        ``"{{ ds }}-{{ params.customer }}"`` makes it one per customer and day, over all runs and DAGs.
    :param on_open_conversation: when the customer is already in an open conversation with this sender:
        ``"fail"``, ``"join"`` it (its SIDs are returned), or ``"skip"`` the task.
    :param wait_until: ``"accepted"`` (by Twilio, which is at once), ``"active"`` (the channel is set up),
        ``"assigned"`` (an agent has taken it) or ``"completed"`` (and is done; the result then has an
        ``outcome``). A channel that fails or a task that is canceled fails the task, which then deletes the
        conversation, unless something was said in it, so that clearing the task starts afresh.
    :param deferrable: whether to wait in the triggerer; the default is Airflow's own setting. In either
        case ``execution_timeout`` bounds the wait.
    :param interaction_context_sid: ``HQ…``, passed on to Twilio.
    :param webhook_ttid: an interaction-level webhook, passed on to Twilio.
    :param frequency_cap: how often the customer may be contacted at most: ``{"at_most": 1, "per": "P1D"}``,
        counted from the conversations that this provider opened with them.
    :param require_available_agents: whether to open only when somebody could take the conversation: the
        worker that it is for, or else somebody in its queue. Until then the task is deferred.
    :param available_timeout: how long to wait for that at most, before the task fails: a timedelta,
        seconds, or text (``"30m"``, ``"PT30M"``); an hour by default.
    :param contact_window: when the customer may be contacted: days, hours, time zone, holidays; see
        :class:`ContactPolicyOperator` for this and the next two.
    :param suppression: whom not to contact.
    :param consent: how to know who has opted out.
    :param validate: whether addresses and SIDs are checked before anything is sent; off for sample data.
    :param flexout_conn_id: the Airflow connection.
    :returns: ``interaction_sid`` (KD), ``channel_sid`` (UO), ``conversation_sid`` (CH), ``task_sid``
        (WT), ``invite_sid`` (KG or null), ``channel_type``, ``created`` (false when an earlier
        attempt's was found); each is also an XCom of its own. With ``wait_until="completed"`` also
        ``outcome``: ``worker_sid`` (WK, who handled it), ``time_to_accept`` and ``duration`` (seconds),
        ``inbound_messages``, ``outbound_messages``, and ``wrap_up``, the task attributes that the agent
        noted, with addresses masked.
    :raises AirflowFailException: when the arguments are wrong or Twilio refuses for good.
    :raises AirflowSkipException: when the customer is not to be contacted; the XCom ``skip_reason`` then says
        ``suppressed``, ``no_consent``, ``opted_out``, ``frequency_cap``, or, for
        ``on_open_conversation="skip"``, ``already_talking``.
    """

    operator_extra_links = (FlexTaskLink(), ConversationLink())

    def __init__(
        self,
        *,
        channel: str | Mapping[str, Any],
        to: str | None = None,
        from_: str | None = None,
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

    template_fields: Sequence[str] = (
        *templated_arguments(__init__),
        *WaitingOperator.template_fields,
        *ContactPolicyOperator.template_fields,
        *FlexOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **json_arguments(__init__),
        **ContactPolicyOperator.template_fields_renderers,
    }

    def _carry_out(self, context: Context) -> dict[str, Any]:
        """Open the conversation, or find the one that an earlier attempt opened."""
        from airflow_provider_flexout.outreach.errors import AlreadyTalking
        from airflow_provider_flexout.outreach.interaction.open_once import ON_OPEN_CONVERSATION, open_once
        from airflow_provider_flexout.outreach.values.arguments import check_choice
        from airflow_provider_flexout.outreach.waiters import INTERACTION_STAGES

        spec = spec_of(self)
        with permanent_errors_fail_at_once():
            check_choice("on_open_conversation", spec.on_open_conversation, ON_OPEN_CONVERSATION)
            check_choice("wait_until", self.wait_until, INTERACTION_STAGES)
            request = self._request(context, spec)
            with self.hook.get_conn() as client:
                self._apply_policies(context, client, request, spec)
                try:
                    opened = client.run(open_once(request, on_open_conversation=spec.on_open_conversation))
                except AlreadyTalking as talking:
                    if spec.on_open_conversation != "skip":
                        raise
                    skip(context, "already_talking", str(talking))
                self._publish(context, request, opened)
                return self._stay(context, request, opened, client)

    def _apply_policies(
        self, context: Context, client: Client, request: InteractionRequest, spec: OutreachSpec
    ) -> None:
        """Ask whether the customer may be contacted now; what is open already is adopted at any time."""
        from airflow_provider_flexout.outreach.interaction.begun import is_open

        policies = self._policies(request, spec)
        if policies and not client.run(is_open(request)):
            self._pass(context, client, policies)

    def _policies(self, request: InteractionRequest, spec: OutreachSpec) -> Sequence[ContactPolicy]:
        """List what has to agree, in the order in which it is asked: what skips before what holds."""
        from airflow_provider_flexout.outreach.policies.frequency_cap import FrequencyCap, read_cap
        from airflow_provider_flexout.outreach.policies.recipients import recipients_of

        recipients = recipients_of(request)
        policies = self._refusals(recipients)
        if spec.frequency_cap is not None:
            policies.append(FrequencyCap(read_cap(spec.frequency_cap), recipients, request.unique_name))
        return [*policies, *self._hours(recipients), *self._agents(request, spec)]

    def _agents(self, request: InteractionRequest, spec: OutreachSpec) -> list[ContactPolicy]:
        """Make the gate that holds while nobody could take the conversation, if there is one."""
        from airflow_provider_flexout.outreach.policies.agent_availability import (
            AGENTS,
            agent_availability_policy,
        )
        from airflow_provider_flexout.outreach.values.durations import read_duration

        if not spec.require_available_agents:
            return []
        limit = read_duration("available_timeout", spec.available_timeout)
        queue_sid = self.hook.defaults.queue_sid
        return [agent_availability_policy(request.routing, queue_sid, limit, self._since(AGENTS))]

    def _stay(
        self, context: Context, request: InteractionRequest, opened: InteractionResult, client: Client
    ) -> dict[str, Any]:
        """Wait as long as was asked for."""
        from airflow_provider_flexout.outreach.errors import InteractionFailed
        from airflow_provider_flexout.outreach.interaction.cleanup import clear_failed
        from airflow_provider_flexout.outreach.waiters import InteractionWaiter, serialize

        sids = (opened.interaction_sid, opened.channel_sid, opened.task_sid)
        if self.wait_until == "accepted" or None in sids:
            return opened.as_dict()
        watch = InteractionWaiter(request.workspace_sid, *sids, until=self.wait_until)  # type: ignore[arg-type]
        try:
            status = self._wait(watch, client, opened.as_dict())
        except InteractionFailed:
            client.run(clear_failed(request.key, request.workspace_sid, opened))
            raise
        return self._finish(context, opened.as_dict(), status, serialize(watch))

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Come back from a deferral; see :class:`WaitingOperator`."""
        from airflow_provider_flexout.outreach.interaction.cleanup import clear_failed
        from airflow_provider_flexout.outreach.interaction.request import InteractionResult

        if event.get(durable.EVENT_PERMANENT):
            key = key_of(context, durable.KeyKind.INTERACTION, spec_of(self).idempotency_key)
            workspace_sid, opened = (
                event[durable.EVENT_WAITER]["workspace_sid"],
                InteractionResult(**event[durable.EVENT_RESUME_DATA]),
            )
            with permanent_errors_fail_at_once(), self.hook.get_conn() as client:
                client.run(clear_failed(key, workspace_sid, opened))
        return super().execute_complete(context, event)

    def _finish(
        self, context: Context, result: dict[str, Any], status: str, watch: dict[str, Any]
    ) -> dict[str, Any]:
        from airflow_provider_flexout.outreach.waiters import read_outcome

        if self.wait_until == "completed":
            sids = (watch["workspace_sid"], watch["task_sid"], result["conversation_sid"])
            with permanent_errors_fail_at_once(), self.hook.get_conn() as client:
                outcome = client.run(read_outcome(*sids)).as_dict()
            context["ti"].xcom_push(key=durable.XCOM_OUTCOME, value=outcome)
            result = result | {"outcome": outcome}
        return super()._finish(context, result, status, watch)

    def _request(self, context: Context, spec: OutreachSpec) -> InteractionRequest:
        from airflow_provider_flexout.outreach.interaction.request import build_request

        return build_request(
            spec,
            key=key_of(context, durable.KeyKind.INTERACTION, spec.idempotency_key),
            defaults=self.hook.defaults,
            retried=is_retried(context),
            last_try=is_last_try(context),
            source=source_of(context),
        )

    def _publish(self, context: Context, request: InteractionRequest, opened: InteractionResult) -> None:
        """Push SIDs and links at once, so that they show whatever the task does next."""
        url = task_url(request.workspace_sid, opened.task_sid, self.hook.base_url)
        push_each(context, opened.as_dict() | {FlexTaskLink.xcom_key: url})
        self._link_conversation(context, opened.conversation_sid)


class CloseInteractionOperator(FlexOperator):
    """Close an interaction's channel, and with it the conversation. Closing what is closed is success.

    ``channel_status="inactive"`` parks it instead: agents leave, their tasks are completed, and the
    conversation stays open for the customer; :class:`InviteAgentOperator` wakes it again.

    Twilio's page:
    https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interaction-channels

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``; looked up when left out, since an interaction has one.
    :param task_status: ``"wrapping"`` (default) leaves the agent their wrap-up, ``"completed"`` ends the
        task, which is also the only choice when parking.
    :param channel_status: ``"closed"`` (default) or ``"inactive"``.
    :param validate: whether SIDs are checked before anything is sent; off for sample data.
    :param flexout_conn_id: the Airflow connection.
    :raises AirflowFailException: when the arguments are wrong or Twilio refuses for good.
    """

    template_fields: Sequence[str] = (
        "interaction_sid",
        "channel_sid",
        "task_status",
        "channel_status",
        *FlexOperator.template_fields,
    )

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

    def execute(self, context: Context) -> None:
        """Close the channel."""
        from airflow_provider_flexout.outreach.agents.close import check_closing, close_once, park_once

        with permanent_errors_fail_at_once():
            sids = (self.interaction_sid, self.channel_sid)
            check_closing(*sids, self.task_status, self.channel_status, validate=self.validate)
            if self.channel_status == "inactive":
                workspace_sid = self.hook.defaults.require(None, "workspace_sid", "workspace_sid")
                closing = park_once(*sids, workspace_sid)
            else:
                closing = close_once(*sids, self.task_status or "wrapping")
            with self.hook.get_conn() as client:
                client.run(closing)
