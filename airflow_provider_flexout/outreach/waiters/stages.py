"""Waiting for an interaction or a message to arrive at a stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.delivery import read_delivery
from airflow_provider_flexout.outreach.errors import DeliveryFailed, InteractionFailed, InvalidInput
from airflow_provider_flexout.twilio import metrics
from airflow_provider_flexout.twilio.api.conversations import list_participants
from airflow_provider_flexout.twilio.api.interactions import fetch_channel
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True)
class InteractionWaiter:
    """An interaction, and the stage at which it is to arrive.

    :param workspace_sid: ``WS…``.
    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``.
    :param task_sid: ``WT…``.
    :param until: one of :data:`~airflow_provider_flexout.outreach.spec.INTERACTION_STAGES`.
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


@dataclass(frozen=True, slots=True)
class MessageWaiter:
    """A message, and the stage that is waited for.

    :param conversation_sid: ``CH…``.
    :param message_sid: ``IM…``.
    :param until: one of :data:`~airflow_provider_flexout.outreach.spec.DELIVERY_STAGES`.
    """

    conversation_sid: str
    message_sid: str
    until: str

    @property
    def sids(self) -> tuple[str, ...]:
        """The SIDs whose events may end the wait."""
        return (self.message_sid,)

    def poll(self) -> Procedure[str | None]:
        """Look once; give the furthest stage once the awaited one is reached, else ``None``.

        :raises DeliveryFailed: with Twilio's code and what to do.
        """
        if self.until == "queued":
            return "queued"
        delivery = yield from read_delivery(self.conversation_sid, self.message_sid)
        if delivery.has_failed:
            metrics.count("messages", delivery.status)
            raise DeliveryFailed(self.message_sid, str(delivery.status), delivery.error_code)
        if not delivery.has_reached(self.until):
            return None
        if delivery.status:
            metrics.count("messages", delivery.status)
        return delivery.status or "queued"  # everybody is in the chat itself: there is nothing to deliver


def check_readable(conversation_sid: str) -> Procedure[None]:
    """Refuse to wait for a reading that nobody will report.

    :param conversation_sid: ``CH…``.
    :raises InvalidInput: when everybody is contacted on a channel that does not report it.
    """
    participants = yield from read_pages(list_participants(conversation_sid))
    addresses = [(one.messaging_binding or {}).get("address") for one in participants]
    channels = [channel_of(address) for address in addresses if address]
    if channels and not any(channel.read_receipts for channel in channels):
        raise InvalidInput(
            "wait_until",
            f"'read' is never reported in conversation {conversation_sid}: {channels[0].name} has no read "
            "receipts. 'delivered' is the furthest stage to wait for.",
        )
