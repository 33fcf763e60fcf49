"""Agents of an interaction: inviting one, handing over to one, and the attributes of their task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.connection.running_task import began_at, is_retried, key_of
from airflow_provider_flexout.links.flex import FlexTaskLink
from airflow_provider_flexout.mixins.base import FlexOperator, permanent_errors_fail_at_once, push_each
from airflow_provider_flexout.mixins.templates import renderers_of, template_fields_of
from airflow_provider_flexout.mixins.waiting import WaitingMixin
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.mixins.literals.known import Literals
    from airflow_provider_flexout.outreach.agents.invite import Invitation, Invited
    from airflow_provider_flexout.twilio.http.client import Client

_STAGES = {"cold": "accepted", "warm": "assigned"}


class InviteAgentOperator(WaitingMixin):
    """Invite another agent, or a queue, into an interaction, once.

    The invited agent gets a task of their own for the same conversation. Twilio does not copy the attributes
    of the interaction's task to it, so they are sent again; a value in ``attributes`` replaces theirs. Even
    if this task is retried, cleared or killed, it invites once; an invite that was declined may be sent
    again. A parked interaction resumes when the agent accepts.

    Twilio's page:
    https://www.twilio.com/docs/flex/developer/conversations/interactions-api/invites-subresource

    :param interaction_sid: the interaction, ``KD…``.
    :param routing: whom to invite: Twilio's ``Routing`` object, or its ``properties`` alone, with a queue, a
        worker or a workflow by name (``{"queue": "Support"}``) or SID. Workspace and workflow are taken from
        the connection when left out. ``timeout`` (a timedelta, seconds, or text such as ``"30m"`` or
        ``"PT30M"``) bounds how long the invite stays open.
    :param channel_sid: the interaction's channel, ``UO…``; it is looked up when left out, since an
        interaction has only one.
    :param conversation_sid: the conversation, ``CH…``. It is needed only to find the attributes of an
        interaction that was parked more than five minutes ago.
    :param attributes: further attributes of the task, as an object; those in ``routing`` win. Together they
        may take 4,096 characters of JSON.
    :param idempotency_key: the key under which the agent is invited once, 1 to 256 characters. The default
        is one invite per DAG, logical date, task and map index.
    :param wait_until: the stage to wait for: ``"accepted"`` by Twilio, which is immediate (default),
        ``"assigned"`` when an agent has accepted, or ``"completed"`` when the agent is done. An invite that
        is declined or times out fails the task.
    :param validate: whether SIDs, keys and values are checked before anything is sent; the default is true.
        Turn it off for sample data.
    :param deferrable: whether to wait in the triggerer. The default is Airflow's setting
        ``default_deferrable``. Either way the task's ``execution_timeout`` bounds the wait.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :returns: ``interaction_sid`` (KD), ``channel_sid`` (UO), ``task_sid`` (WT, the invited agent's),
        ``invite_sid`` (KG or null) and ``created``, which is false when the invite existed already: from an
        earlier attempt, or from a request of this one whose response was lost. Each is also an XCom of its
        own.
    :raises AirflowFailException: when an argument is wrong or Twilio rejects the request for good.
    """

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

    template_fields: Sequence[str] = template_fields_of(__init__, WaitingMixin, FlexOperator)
    template_fields_renderers: ClassVar[dict[str, str]] = renderers_of(__init__)

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.mixins.literals.outreach import check_routing
        from airflow_provider_flexout.outreach.routing.build import build_target
        from airflow_provider_flexout.outreach.spec import INVITE_STAGES
        from airflow_provider_flexout.outreach.values.arguments import check_choice

        super()._check_literals(known)
        if "wait_until" in known:
            check_choice("wait_until", known["wait_until"], INVITE_STAGES)
        if known.has("routing", "attributes"):
            check_routing(known, build_target)
        else:
            check_routing(known, by_agent=False)

    def execute(self, context: Context) -> dict[str, Any]:
        """Invite the agent, or find the invite that an earlier attempt sent."""
        from airflow_provider_flexout.outreach.agents.invite import invite_once
        from airflow_provider_flexout.outreach.policies.agent_availability import warn_of_nobody
        from airflow_provider_flexout.outreach.spec import INVITE_STAGES
        from airflow_provider_flexout.outreach.values.arguments import check_choice

        with permanent_errors_fail_at_once():
            check_choice("wait_until", self.wait_until, INVITE_STAGES)
            invitation = self._invitation(context)
            with self.hook.get_conn() as client:
                invited = client.run(invite_once(invitation))
                self._publish(context, invitation, invited)
                if invited.created:
                    client.run(warn_of_nobody(invitation.routing, self.hook.defaults.queue_sid))
                return self._wait_for_stage(context, invitation, invited, client)

    def _invitation(self, context: Context) -> Invitation:
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
            began_at=began_at(context),
            shared_key=self.idempotency_key is not None,
        )

    def _publish(self, context: Context, invitation: Invitation, invited: Invited) -> None:
        """Push SIDs and link before the wait, so that they show whatever the task does next."""
        push_each(context, invited.as_dict())
        self._link_task(context, invitation.workspace_sid, invited.task_sid)

    def _wait_for_stage(
        self, context: Context, invitation: Invitation, invited: Invited, client: Client
    ) -> dict[str, Any]:
        from airflow_provider_flexout.outreach.waiters import InteractionWaiter

        waiter = InteractionWaiter(
            invitation.workspace_sid,
            invited.interaction_sid,
            invited.channel_sid,
            invited.task_sid,
            until=self.wait_until,
        )
        return self._wait(context, waiter, client, invited.as_dict())


class TransferInteractionOperator(InviteAgentOperator):
    """Hand an interaction over to another agent, or a queue, once.

    The new agent is invited, and the agents who had the interaction leave; the conversation and its messages
    stay. Even if this task is retried, cleared or killed, it invites once, and it removes only agents who had
    the interaction before the invite. An agent who got it later, by hand or by another task, keeps it. Twilio
    does not document how to use its own ``Transfers`` resource, so this takes the two steps that are
    documented.

    Twilio's pages:
    https://www.twilio.com/docs/flex/developer/conversations/interactions-api/invites-subresource,
    https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interaction-channel-participants

    :param interaction_sid: the interaction, ``KD…``.
    :param routing: to whom: Twilio's ``Routing`` object, or its ``properties`` alone, as in
        :class:`InviteAgentOperator`. A ``timeout`` in it ends a transfer that nobody accepts.
    :param transfer_type: ``"warm"`` (default) keeps the present agents until the new one has accepted; if
        nobody does, they keep the interaction and the task fails. ``"cold"`` removes them at once, and the
        customer waits with nobody until the new agent accepts.
    :param from_worker_sid: the one agent who leaves, ``WK…``. By default, all agents who were there leave.
    :param task_status: what becomes of the task of an agent who leaves: ``"wrapping"`` (default) leaves time
        to wrap up, ``"completed"`` ends the task.
    :param kwargs: ``channel_sid``, ``conversation_sid``, ``attributes``, ``idempotency_key``,
        ``deferrable``, ``validate`` and ``flexout_conn_id``, as in :class:`InviteAgentOperator`, and the
        arguments of Airflow's ``BaseOperator``.
    :returns: the same as :class:`InviteAgentOperator`, and ``left``, how many agents left.
    :raises AirflowFailException: when an argument is wrong, Twilio rejects the request for good, or nobody
        accepted a warm transfer.
    """

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

    template_fields: Sequence[str] = template_fields_of(
        __init__, InviteAgentOperator, without=("wait_until",)
    )

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.outreach.spec import TASK_STATUSES
        from airflow_provider_flexout.outreach.values.arguments import check_choice

        super()._check_literals(known)
        for name, choices in (("task_status", TASK_STATUSES), ("transfer_type", _STAGES)):
            if name in known:
                check_choice(name, known[name], choices)

    def execute(self, context: Context) -> dict[str, Any]:
        """Invite the new agent, and remove those who have the interaction."""
        from airflow_provider_flexout.outreach.spec import TASK_STATUSES
        from airflow_provider_flexout.outreach.values.arguments import check_choice
        from airflow_provider_flexout.outreach.values.sids import check_sid

        with permanent_errors_fail_at_once():
            check_choice("task_status", self.task_status, TASK_STATUSES)
            check_choice("transfer_type", self.transfer_type, _STAGES)
            if self.from_worker_sid and self.validate:
                check_sid("from_worker_sid", self.from_worker_sid, "WK")
        self.wait_until = _STAGES[self.transfer_type]
        return super().execute(context)

    def _finish(
        self, context: Context, result: dict[str, Any], status: str, waiter: dict[str, Any]
    ) -> dict[str, Any]:
        from airflow_provider_flexout.outreach.agents.remove_agents import remove_previous_agents

        removal = remove_previous_agents(
            waiter["workspace_sid"],
            result["interaction_sid"],
            result["channel_sid"],
            result["task_sid"],
            self.task_status,
            worker_sid=self.from_worker_sid,
        )
        with permanent_errors_fail_at_once(), self.hook.get_conn() as client:
            left = client.run(removal)
        context["ti"].xcom_push(key=durable.XCOM_LEFT, value=left)
        return super()._finish(context, result | {durable.XCOM_LEFT: left}, status, waiter)


class UpdateTaskAttributesOperator(FlexOperator):
    """Change some attributes of a task, without undoing what others change at the same time.

    TaskRouter replaces all attributes at once. So they are read, changed, and written on the condition that
    nobody has changed them in between (``ETag``, ``If-Match``); otherwise they are read again.

    Twilio's page: https://www.twilio.com/docs/taskrouter/api/task

    :param task_sid: the task, ``WT…``.
    :param attributes: the changes, as a JSON merge patch (RFC 7396): ``None`` removes an attribute, an object
        is merged, and any other value replaces the old one. Attributes that Flex itself needs
        (``conversationSid``, …) are refused.
    :param workspace_sid: the workspace, ``WS…``; the default is that of the connection.
    :param validate: whether SIDs are checked before anything is sent; the default is true. Turn it off for
        sample data.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :returns: whether this try changed anything. It is false when the attributes had these values already, for
        example because an earlier try was killed just after changing them.
    :raises AirflowFailException: when an argument is wrong or Twilio rejects the request for good. A task can
        be changed until five minutes after its end.
    """

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

    template_fields: Sequence[str] = template_fields_of(__init__, FlexOperator)
    template_fields_renderers: ClassVar[dict[str, str]] = renderers_of(__init__)

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.outreach.agents.checks import check_patch
        from airflow_provider_flexout.outreach.values.plain import plain

        super()._check_literals(known)
        if "attributes" in known:
            check_patch(plain(known["attributes"]))

    def execute(self, context: Context) -> bool:
        """Change the attributes."""
        from airflow_provider_flexout.outreach.agents.checks import check_patch
        from airflow_provider_flexout.outreach.agents.task_attributes import patch_attributes
        from airflow_provider_flexout.outreach.values.arguments import check_given
        from airflow_provider_flexout.outreach.values.plain import plain
        from airflow_provider_flexout.outreach.values.sids import check_sid

        with permanent_errors_fail_at_once():
            check_given("task_sid", self.task_sid)
            patch = plain(self.attributes)
            check_patch(patch)
            if self.validate:
                check_sid("task_sid", self.task_sid, "WT")
            workspace_sid = self.hook.defaults.require(self.workspace_sid, "workspace_sid", "workspace_sid")
            with self.hook.get_conn() as client:
                return client.run(patch_attributes(workspace_sid, self.task_sid, patch))
