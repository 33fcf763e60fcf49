"""Waiting for a message to arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.errors import DeliveryFailed, InvalidInput
from airflow_provider_flexout.twilio.api.conversations import list_participants
from airflow_provider_flexout.twilio.api.messages import fetch_message, list_receipts
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure

MESSAGE_STAGES = ("queued", "sent", "delivered", "read")


@dataclass(frozen=True, slots=True)
class MessageWaiter:
    """A message, and the stage that is waited for.

    :param conversation_sid: ``CH…``.
    :param message_sid: ``IM…``.
    :param until: one of :data:`MESSAGE_STAGES`.
    """

    conversation_sid: str
    message_sid: str
    until: str

    def poll(self) -> Procedure[str | None]:
        """Look once; give the furthest stage once the awaited one is reached, else ``None``.

        :raises DeliveryFailed: with Twilio's code and what to do.
        """
        if self.until == "queued":
            return "queued"
        message = yield fetch_message(self.conversation_sid, self.message_sid)
        if message.delivery is None:
            return "queued"  # everybody is in the chat itself: there is nothing to deliver
        yield from self._refuse_failure(message)
        stages = MESSAGE_STAGES[MESSAGE_STAGES.index(self.until) :]
        reached = [stage for stage in stages if message.delivery.get(stage, "none") != "none"]
        return reached[-1] if reached else None

    def _refuse_failure(self, message: Message) -> Procedure[None]:
        delivery = message.delivery or {}
        if delivery.get("failed", "none") == delivery.get("undelivered", "none") == "none":
            return
        receipts = yield from read_pages(list_receipts(self.conversation_sid, self.message_sid))
        bad = [one for one in receipts if one.status in ("failed", "undelivered")]
        if bad:
            raise DeliveryFailed(self.message_sid, str(bad[0].status), bad[0].error_code)


def check_readable(conversation_sid: str) -> Procedure[None]:
    """Refuse to wait for a reading that nobody will tell of.

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
            "receipts. 'delivered' is the furthest that can be waited for.",
        )
