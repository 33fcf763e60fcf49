"""Handing an interaction over to another agent or queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.mixins.base import permanent_errors_fail_at_once
from airflow_provider_flexout.operators.invite import InviteAgentOperator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

_WAITS = {"cold": "accepted", "warm": "assigned"}


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
    _kind = "transfer"

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
        context["ti"].xcom_push(key="left", value=left)
        return super()._finish(context, result | {"left": left}, status, watch)
