"""Waiting for an interaction to arrive at a stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import InteractionFailed
from airflow_provider_flexout.twilio.api.interactions import fetch_channel
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.errors import NotFound

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True)
class InteractionWaiter:
    """An interaction, and the stage at which it is to arrive.

    :param workspace_sid: ``WS…``.
    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``.
    :param task_sid: ``WT…``.
    :param until: one of :data:`~airflow_provider_flexout.outreach.values.choices.INTERACTION_STAGES`.
    """

    workspace_sid: str
    interaction_sid: str
    channel_sid: str
    task_sid: str
    until: str

    @property
    def sids(self) -> tuple[str, ...]:
        """The SIDs whose events may end the wait."""
        return self.interaction_sid, self.task_sid

    def poll(self) -> Procedure[str | None]:
        """Look once; give the status that ended the wait, or ``None`` while it goes on.

        :raises InteractionFailed: when it cannot arrive at the stage any more.
        """
        if self.until == "accepted":
            return "accepted"
        if self.until == "active":
            return (yield from self._channel_status())
        try:
            task = yield fetch_task(self.workspace_sid, self.task_sid)
        except NotFound:
            # Twilio deletes a task five minutes after its end; what is left to ask is the channel.
            ended = yield from self._channel_status()
            if ended in ("closed", "inactive"):
                return "completed"
            raise InteractionFailed(
                f"Task {self.task_sid} of interaction {self.interaction_sid} has ended and is gone, but its "
                f"channel is {ended or 'setup'}: it was canceled or timed out, and no agent took it."
            ) from None
        status = str(task.assignment_status)
        if status == "canceled":
            raise InteractionFailed(
                f"Task {self.task_sid} of interaction {self.interaction_sid} was canceled"
                f"{f' ({task.reason})' if task.reason else ''}; no agent took it."
            )
        enough = {"assigned": ("assigned", "wrapping", "completed"), "completed": ("completed",)}
        return status if status in enough[self.until] else None

    def _channel_status(self) -> Procedure[str | None]:
        channel = yield fetch_channel(self.interaction_sid, self.channel_sid)
        if channel.status == "failed":
            raise InteractionFailed(
                f"The channel of interaction {self.interaction_sid} failed: "
                f"{channel.error_message or 'no reason given'} (code {channel.error_code})."
            )
        return None if channel.status == "setup" else str(channel.status)
