"""Agents in an interaction: inviting another one, handing over, and what their task says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.links.flex import FlexTaskLink, task_url
from airflow_provider_flexout.mixins.base import (
    FlexOperator,
    is_retried,
    key_of,
    permanent_errors_fail_at_once,
    push_each,
)
from airflow_provider_flexout.mixins.waiting import WaitingMixin
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.outreach.agents.invite import Invitation, Invited
    from airflow_provider_flexout.twilio.http.client import Client

_WAITS = {"cold": "accepted", "warm": "assigned"}


class InviteAgentOperator(WaitingMixin):
    """Invite another agent, or a queue, into an interaction, once.

    The invited agent gets a task of their own for the same conversation. Twilio carries no attributes
    over, so those of the interaction's task are sent again, with ``attributes`` put over them. Retried,
    cleared or killed, the task invites once; an invite that was declined may be sent again. An
    interaction that was parked is woken by the agent who accepts.

    Twilio's page:
    https://www.twilio.com/docs/flex/developer/conversations/interactions-api/invites-subresource

    :param interaction_sid: ``KD…``.
    :param routing: whom: Twilio's ``Routing`` object, or just its ``properties``, with a queue, a worker
        or a workflow by name (``{"queue": "Support"}``) or SID. Workspace and workflow come from the
        connection when left out. ``timeout`` (a timedelta, seconds, or
        text such as ``"30m"`` or ``"PT30M"``) bounds how long the invite stays open.
    :param channel_sid: ``UO…``; looked up when left out, since an interaction has one.
    :param conversation_sid: ``CH…``; needed only to find the attributes of an interaction that was
        parked more than five minutes ago.
    :param attributes: further task attributes; those in ``routing`` win. 4,096 characters of JSON at most,
        all together.
    :param idempotency_key: 1 to 256 characters; the default is one invite per task instance.
    :param wait_until: ``"accepted"`` (by Twilio, which is at once), ``"assigned"`` (an agent has taken it)
        or ``"completed"`` (and is done). An invite that is declined or times out fails the task.
    :param deferrable: whether to wait in the triggerer; the default is Airflow's own setting. In either
        case ``execution_timeout`` bounds the wait.
    :param validate: whether SIDs, keys and values are checked before anything is sent; off for sample data.
    :param flexout_conn_id: the Airflow connection.
    :returns: ``interaction_sid`` (KD), ``channel_sid`` (UO), ``task_sid`` (WT, the invited agent's),
        ``invite_sid`` (KG or null), ``created`` (false when an earlier attempt's was found); each is also
        an XCom of its own.
    :raises AirflowFailException: when the arguments are wrong or Twilio refuses for good.
    """

    template_fields: Sequence[str] = (
        "interaction_sid",
        "routing",
        "channel_sid",
        "conversation_sid",
        "attributes",
        "idempotency_key",
        *WaitingMixin.template_fields,
        *FlexOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"routing": "json", "attributes": "json"}
    operator_extra_links = (FlexTaskLink(),)
    _kind = durable.KeyKind.INVITE

    def __init__(
        self,
        *,
        interaction_sid: str,
        routing: Mapping[str, Any],
        channel_sid: str | None = None,
        conversation_sid: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        wait_until: str = "accepted",
        validate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(wait_until=wait_until, **kwargs)
        self.interaction_sid = interaction_sid
        self.routing = routing
        self.channel_sid = channel_sid
        self.conversation_sid = conversation_sid
        self.attributes = attributes
        self.idempotency_key = idempotency_key
        self.validate = validate

    def execute(self, context: Context) -> dict[str, Any]:
        """Invite, or find the invite that an earlier attempt sent."""
        from airflow_provider_flexout.outreach.agents.invite import INVITE_STAGES, invite_once
        from airflow_provider_flexout.outreach.values.arguments import check_choice

        with permanent_errors_fail_at_once():
            check_choice("wait_until", self.wait_until, INVITE_STAGES)
            invitation = self._plan(context)
            with self.hook.get_conn() as client:
                invited = client.run(invite_once(invitation))
                self._publish(context, invitation, invited)
                return self._stay(context, invitation, invited, client)

    def _plan(self, context: Context) -> Invitation:
        from airflow_provider_flexout.outreach.agents.invite import plan_invitation

        return plan_invitation(
            key=key_of(context, self._kind, self.idempotency_key),
            interaction_sid=self.interaction_sid,
            channel_sid=self.channel_sid,
            conversation_sid=self.conversation_sid,
            routing=self.routing,
            attributes=self.attributes,
            defaults=self.hook.defaults,
            validate=self.validate,
            retried=is_retried(context),
        )

    def _publish(self, context: Context, invitation: Invitation, invited: Invited) -> None:
        """Push SIDs and link at once, so that they show whatever the task does next."""
        url = task_url(invitation.workspace_sid, invited.task_sid, self.hook.base_url)
        push_each(context, invited.as_dict() | {FlexTaskLink.xcom_key: url})

    def _stay(
        self, context: Context, invitation: Invitation, invited: Invited, client: Client
    ) -> dict[str, Any]:
        """Wait as long as was asked for."""
        from airflow_provider_flexout.outreach.waiters import InteractionWaiter, serialize

        watch = InteractionWaiter(
            invitation.workspace_sid,
            invited.interaction_sid,
            invited.channel_sid,
            invited.task_sid,
            until=self.wait_until,
        )
        status = self._wait(watch, client, invited.as_dict())
        return self._finish(context, invited.as_dict(), status, serialize(watch))


class TransferInteractionOperator(InviteAgentOperator):
    """Hand an interaction over to another agent, or a queue, once.

    Whoever is to have it is invited, and those who had it leave; the conversation and all that was said
    stay. Retried, cleared or killed, the task invites once, and lets leave who is still there. Twilio's
    own ``Transfers`` resource documents no request, so the two documented steps are taken.

    Twilio's pages:
    https://www.twilio.com/docs/flex/developer/conversations/interactions-api/invites-subresource,
    https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interaction-channel-participants

    :param interaction_sid: ``KD…``.
    :param routing: to whom, as in :class:`InviteAgentOperator`. With a ``timeout``, a transfer
        that nobody takes ends then.
    :param transfer_type: ``"warm"`` (default): the agents who have it stay until the new one has accepted,
        and keep it if nobody does, which fails the task. ``"cold"``: they leave at once, and the customer
        waits with nobody until the new one accepts.
    :param from_worker_sid: ``WK…``, the only agent who leaves; else everybody who was there.
    :param task_status: what becomes of a leaving agent's task: ``"wrapping"`` (default) or ``"completed"``.
    :param kwargs: ``channel_sid``, ``conversation_sid``, ``attributes``, ``idempotency_key``,
        ``deferrable``, ``validate`` and ``flexout_conn_id``, as in :class:`InviteAgentOperator`.
    :returns: the same as :class:`InviteAgentOperator`, and ``left``: how many agents left.
    :raises AirflowFailException: when the arguments are wrong, Twilio refuses for good, or nobody took it.
    """

    template_fields: Sequence[str] = (
        *(name for name in InviteAgentOperator.template_fields if name != "wait_until"),
        "transfer_type",
        "from_worker_sid",
        "task_status",
    )
    _kind = durable.KeyKind.TRANSFER

    def __init__(
        self,
        *,
        interaction_sid: str,
        routing: Mapping[str, Any],
        transfer_type: str = "warm",
        from_worker_sid: str | None = None,
        task_status: str = "wrapping",
        **kwargs: Any,
    ) -> None:
        super().__init__(interaction_sid=interaction_sid, routing=routing, **kwargs)
        self.transfer_type = transfer_type
        self.from_worker_sid = from_worker_sid
        self.task_status = task_status

    def execute(self, context: Context) -> dict[str, Any]:
        """Invite whoever is to have it, and let leave who has it."""
        from airflow_provider_flexout.outreach.agents.remove_agents import LEAVE_STEPS
        from airflow_provider_flexout.outreach.values.arguments import check_choice
        from airflow_provider_flexout.outreach.values.sids import check_sid

        with permanent_errors_fail_at_once():
            check_choice("task_status", self.task_status, LEAVE_STEPS)
            check_choice("transfer_type", self.transfer_type, _WAITS)
            if self.from_worker_sid and self.validate:
                check_sid("from_worker_sid", self.from_worker_sid, "WK")
        self.wait_until = _WAITS[self.transfer_type]
        return super().execute(context)

    def _finish(
        self, context: Context, result: dict[str, Any], status: str, watch: dict[str, Any]
    ) -> dict[str, Any]:
        from airflow_provider_flexout.outreach.agents.remove_agents import remove_agents

        leaving = remove_agents(
            result["interaction_sid"],
            result["channel_sid"],
            self.task_status,
            worker_sid=self.from_worker_sid,
            but_task=result["task_sid"],
        )
        with permanent_errors_fail_at_once(), self.hook.get_conn() as client:
            left = client.run(leaving)
        context["ti"].xcom_push(key=durable.XCOM_LEFT, value=left)
        return super()._finish(context, result | {"left": left}, status, watch)


class UpdateTaskAttributesOperator(FlexOperator):
    """Change some attributes of a task, and keep what others change at the same time.

    TaskRouter replaces all attributes at once. They are read, changed and written on condition that
    nobody has changed them in between (``ETag``, ``If-Match``); otherwise they are read again.

    Twilio's page: https://www.twilio.com/docs/taskrouter/api/task

    :param task_sid: ``WT…``.
    :param attributes: a JSON merge patch: ``None`` removes an attribute, objects are merged, anything
        else is put in place. What Flex itself needs (``conversationSid``, …) is refused.
    :param workspace_sid: ``WS…``; otherwise the connection's.
    :param validate: whether SIDs are checked before anything is sent; off for sample data.
    :param flexout_conn_id: the Airflow connection.
    :returns: whether anything had to change.
    :raises AirflowFailException: when the arguments are wrong or Twilio refuses for good; a task can be
        changed until five minutes after its end.
    """

    template_fields: Sequence[str] = (
        "task_sid",
        "attributes",
        "workspace_sid",
        *FlexOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"attributes": "json"}

    def __init__(
        self,
        *,
        task_sid: str,
        attributes: Mapping[str, Any],
        workspace_sid: str | None = None,
        validate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.task_sid = task_sid
        self.attributes = attributes
        self.workspace_sid = workspace_sid
        self.validate = validate

    def execute(self, context: Context) -> bool:
        """Change the attributes."""
        from airflow_provider_flexout.outreach.agents.task_attributes import check_patch, patch_attributes
        from airflow_provider_flexout.outreach.values.arguments import check_given
        from airflow_provider_flexout.outreach.values.sids import check_sid

        with permanent_errors_fail_at_once():
            check_given("task_sid", self.task_sid)
            check_patch(self.attributes)
            if self.validate:
                check_sid("task_sid", self.task_sid, "WT")
            workspace_sid = self.hook.defaults.require(self.workspace_sid, "workspace_sid", "workspace_sid")
            with self.hook.get_conn() as client:
                return client.run(patch_attributes(workspace_sid, self.task_sid, self.attributes))
