"""SMS: two phone numbers in E.164; ours may be a short code."""

from __future__ import annotations

import math
import re

from airflow_provider_flexout.outreach.channels.base import MEDIA_TYPES, MEGABYTE
from airflow_provider_flexout.outreach.channels.number_entries import read_number
from airflow_provider_flexout.outreach.channels.phone import WHATSAPP, PhoneChannel, check_number
from airflow_provider_flexout.outreach.errors import InvalidInput

_LINK = re.compile(r"^(?:tel|sms|smsto|callto):(?://)?\s*", re.IGNORECASE)
"""https://www.rfc-editor.org/rfc/rfc3966, https://www.rfc-editor.org/rfc/rfc5724"""
_WHATSAPP_USER = re.compile(r"[A-Za-z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_SHORT_CODE = re.compile(r"[1-9][0-9]{2,7}")
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The characters of GSM 03.38, each of seven bits."""
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Those that take two places in it."""
_GSM, _UCS2 = (160, 153), (70, 67)
"""How many places one segment alone has, and each of several."""


class Sms(PhoneChannel):
    """Text messages. Files: https://www.twilio.com/docs/flex/developer/conversations/limits."""

    name = "sms"
    prefix = ""
    sender_fields = ("sms_from",)
    sender_list = "phone_numbers"
    senders = "a number or a short code"
    media_types = MEDIA_TYPES
    read_receipts = False

    def recognizes(self, address: str) -> bool:
        """Recognize a number by its plus sign."""
        return address.startswith("+")

    def listed(self, entry: str) -> tuple[str, ...] | None:
        """Read a number in any writing, also as a link."""
        number = _LINK.sub("", entry)
        found = read_number(number)
        if found is None and number != entry:
            raise ValueError("is not a phone number")
        return found

    def check_address(self, argument: str, value: str) -> None:
        """Refuse what is not a phone number in E.164."""
        if value.startswith(WHATSAPP):
            raise InvalidInput(
                argument, 'this is a WhatsApp address; pass channel="whatsapp" or a bare E.164 number.'
            )
        if _WHATSAPP_USER.fullmatch(value):
            raise InvalidInput(argument, 'this is the id of a WhatsApp user; pass channel="whatsapp".')
        check_number(argument, value)

    def check_sender(self, argument: str, value: str) -> None:
        """Take a short code as well. https://www.twilio.com/docs/glossary/what-is-a-short-code."""
        if not _SHORT_CODE.fullmatch(value):
            super().check_sender(argument, value)

    def segments(self, text: str) -> int:
        """Count the segments.

        A single character outside of GSM 03.38 turns the whole text into UCS-2, of which a segment holds
        fewer. The smart encoding of a Messaging Service may replace such characters, and is not known here.
        https://www.twilio.com/docs/glossary/what-sms-character-limit
        """
        if all(one in _BASIC or one in _EXTENDED for one in text):
            places, (alone, each) = len(text) + sum(one in _EXTENDED for one in text), _GSM
        else:
            places, (alone, each) = len(text.encode("utf-16-le")) // 2, _UCS2
        return 1 if places <= alone else math.ceil(places / each)

    def media_limit(self, content_type: str) -> int:
        """Allow 2 MiB."""
        return 2 * MEGABYTE
