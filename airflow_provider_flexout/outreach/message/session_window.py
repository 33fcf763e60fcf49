"""The hours after a customer's message in which WhatsApp and Messenger take free text.

https://www.twilio.com/docs/api/errors/63016
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.values.addresses import WHATSAPP
from airflow_provider_flexout.twilio.api.conversations import list_participants
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure

WINDOW = timedelta(hours=24)
WINDOWED = frozenset({"whatsapp", "messenger"})
CHAT = "chat"


@dataclass(frozen=True, slots=True)
class LastInbound:
    """What reading a conversation back tells about the customer.

    :param channel: ``sms``, ``whatsapp``, … of their newest message; ``None`` where there is none, or they
        have no address.
    :param at: when it was written.
    :param now: Twilio's own clock, when the conversation was read.
    """

    channel: str | None = None
    at: datetime | None = None
    now: datetime | None = None

    @property
    def window_open(self) -> bool:
        """Whether the customer wrote within the last 24 hours."""
        return self.at is not None and (self.now or datetime.now(timezone.utc)) - self.at < WINDOW


def last_inbound_of(message: Message, now: datetime | None) -> LastInbound | None:
    """Read a message as the customer's; ``None`` where its author has no address.

    :param message: whoever wrote it.
    :param now: when it was read.
    """
    channel = channel_of(message.author)
    return LastInbound(channel, message.date_created, now) if channel else None


def channel_of(address: str | None) -> str | None:
    """Name the channel that an address belongs to; ``None`` for what is none, such as a chat identity.

    :param address: for example ``whatsapp:+13115552368``.
    """
    address = address or ""
    if address.startswith(WHATSAPP):
        return "whatsapp"
    if address.startswith("messenger:"):
        return "messenger"
    if address.startswith("+"):
        return "sms"
    return "email" if "@" in address else None


def channel_in(conversation_sid: str) -> Procedure[str]:
    """Ask who takes part in a conversation, and so which channel a message goes out on.

    Where there are several, the one with the narrowest rules counts.

    :param conversation_sid: ``CH…``.
    """
    everybody = yield from read_pages(list_participants(conversation_sid))
    found = {channel_of((one.messaging_binding or {}).get("address")) for one in everybody}
    return next((kind for kind in ("whatsapp", "messenger", "sms", "email") if kind in found), CHAT)
