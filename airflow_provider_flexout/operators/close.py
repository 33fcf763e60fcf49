"""Closing and parking interactions; import the operator from ``operators.interaction``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.mixins.base import FlexOperator, permanent_errors_fail_at_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


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
