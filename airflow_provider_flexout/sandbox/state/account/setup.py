"""What the account is set up with: numbers and senders, and what Conversations does with messages to them.

The account that every sandbox begins with lacks nothing. Tests take things away, or set them up wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from airflow_provider_flexout.sandbox.state.channel_types import SENDERS
from airflow_provider_flexout.sandbox.state.seed import BORN, CHAT_SERVICE_SID, FLOW_SID, fixed

__all__ = ["MESSAGING_SERVICE_SID", "AccountSetup", "AddressRecord", "MessagingServiceRecord", "NumberRecord"]

MESSAGING_SERVICE_SID: Final = fixed("MG", "messaging service")
_SMS: Final = SENDERS["sms_from"]
_WHATSAPP: Final = SENDERS["whatsapp_from"]


@dataclass(slots=True)
class NumberRecord:
    """A phone number that the account owns; ``sms_url`` is the webhook of its incoming messages."""

    sid: str
    phone_number: str
    sms: bool = True
    sms_url: str = ""


@dataclass(slots=True)
class MessagingServiceRecord:
    """A Messaging Service.

    :param sid: ``MG…``.
    :param name: what people call it.
    :param numbers: the SIDs of the numbers in its sender pool.
    :param campaign_status: that of its A2P 10DLC campaign, such as ``VERIFIED``; None where it has none.
    """

    sid: str
    name: str
    numbers: list[str] = field(default_factory=list)
    campaign_status: str | None = "VERIFIED"


@dataclass(slots=True)
class AddressRecord:
    """An address of Conversations; ``auto_creation`` is as Twilio shows it."""

    sid: str
    type: str
    address: str
    friendly_name: str | None
    auto_creation: dict[str, object]
    country: str | None = None
    created: float = BORN
    updated: float = BORN


def _numbers() -> dict[str, NumberRecord]:
    number = NumberRecord(fixed("PN", _SMS), _SMS)
    return {number.sid: number}


def _services() -> dict[str, MessagingServiceRecord]:
    service = MessagingServiceRecord(MESSAGING_SERVICE_SID, "Outreach", [fixed("PN", _SMS)])
    return {service.sid: service}


def _addresses() -> dict[str, AddressRecord]:
    made = [
        AddressRecord(
            fixed("IG", name),
            name.removesuffix("_from"),
            SENDERS[name],
            None,
            {
                "enabled": True,
                "type": "studio",
                "conversation_service_sid": CHAT_SERVICE_SID,
                "studio_flow_sid": FLOW_SID,
                "studio_retry_count": 0,
            },
        )
        for name in ("sms_from", "whatsapp_from", "messenger_from", "email_from")
    ]
    return {each.sid: each for each in made}


@dataclass(slots=True)
class AccountSetup:
    """The account and what it owns.

    :param status: ``active``, ``suspended`` or ``closed``.
    :param type: ``Full`` or ``Trial``.
    :param flex_status: how far Flex's setup is: ``ok``, ``inprogress`` or ``notstarted``.
    :param chat_service_sid: the Conversations service that Flex uses, ``IS…``.
    :param default_chat_service_sid: the default service of Conversations, ``IS…``.
    :param default_messaging_service_sid: the default Messaging Service of Conversations, ``MG…``, or None.
    :param inactive_timer: the ISO 8601 duration after which a conversation becomes inactive, or None.
    :param closed_timer: the ISO 8601 duration after which a conversation is closed, or None.
    :param numbers: the phone numbers, by SID.
    :param messaging_services: the Messaging Services, by SID.
    :param addresses: the addresses of Conversations, by SID.
    :param whatsapp_senders: the status of each WhatsApp sender, such as ``ONLINE``, by its address.
    """

    status: str = "active"
    type: str = "Full"
    flex_status: str = "ok"
    chat_service_sid: str = CHAT_SERVICE_SID
    default_chat_service_sid: str = CHAT_SERVICE_SID
    default_messaging_service_sid: str | None = None
    inactive_timer: str | None = None
    closed_timer: str | None = None
    numbers: dict[str, NumberRecord] = field(default_factory=_numbers)
    messaging_services: dict[str, MessagingServiceRecord] = field(default_factory=_services)
    addresses: dict[str, AddressRecord] = field(default_factory=_addresses)
    whatsapp_senders: dict[str, str] = field(default_factory=lambda: {_WHATSAPP: "ONLINE"})
