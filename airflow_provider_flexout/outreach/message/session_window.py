"""The session window: how long after a customer's message WhatsApp and Messenger take free text.

https://www.twilio.com/docs/api/errors/63016
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.twilio.api.conversations import list_participants
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.channels.base import Channel
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True)
class LastInbound:
    """The customer's newest message, as far as a conversation shows it.

    :param channel: the channel that it came on; ``None`` where there is no message, or its author has no
        address.
    :param at: when it was written.
    :param now: Twilio's own clock, when the conversation was read.
    """

    channel: Channel | None = None
    at: datetime | None = None
    now: datetime | None = None

    def is_within(self, session_window: timedelta | None) -> bool:
        """Say whether a session window is open.

        :param session_window: the channel's; ``None`` is always open.
        """
        if session_window is None:
            return True
        return self.at is not None and (self.now or datetime.now(timezone.utc)) - self.at < session_window


def last_inbound_of(message: Message, now: datetime | None) -> LastInbound | None:
    """Read a message as the customer's; ``None`` where its author has no address.

    :param message: a message of any author.
    :param now: when it was read.
    """
    author = message.author or ""
    channel = channel_of(author)
    return LastInbound(channel, message.date_created, now) if channel.recognizes(author) else None


def channel_in(conversation_sid: str) -> Procedure[Channel | None]:
    """Ask who takes part in a conversation, and so which channel a message goes out on.

    Where there are several channels, the one with the narrowest rules counts. Where nobody has an address,
    everybody is in the chat itself, and there is none.

    :param conversation_sid: ``CH…``.
    """
    everybody = yield from read_pages(list_participants(conversation_sid))
    addresses = [(one.messaging_binding or {}).get("address") for one in everybody]
    return max((channel_of(address) for address in addresses if address), key=_narrowness, default=None)


def _narrowness(channel: Channel) -> tuple[bool, bool, int]:
    return channel.session_window is not None, channel.template_approval, -channel.text_limit.most
