"""WhatsApp: two phone numbers, ``whatsapp:`` before each.

A customer who has not written within 24 hours can be contacted by an approved template only; see
:mod:`~airflow_provider_flexout.outreach.message.session_window`.

https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
https://www.twilio.com/docs/flex/developer/conversations/limits
"""

from __future__ import annotations

from datetime import timedelta

from airflow_provider_flexout.outreach.channels.base import MEDIA_TYPES, MEGABYTE
from airflow_provider_flexout.outreach.channels.phone import WHATSAPP, PhoneChannel, check_number
from airflow_provider_flexout.outreach.errors import InvalidInput


class WhatsApp(PhoneChannel):
    """WhatsApp messages."""

    name = "whatsapp"
    prefix = WHATSAPP
    sender_fields = ("whatsapp_from",)
    media_types = (*MEDIA_TYPES, "audio/ogg")
    session_window = timedelta(hours=24)
    template_approval = True

    def recognizes(self, address: str) -> bool:
        """Recognize an address by its prefix."""
        return address.startswith(WHATSAPP)

    def normalize(self, address: str) -> str:
        """Put ``whatsapp:`` before a bare number, so that one column of numbers serves both channels."""
        return WHATSAPP + address if address.startswith("+") else address

    def check_address(self, argument: str, value: str) -> None:
        """Refuse what is not a WhatsApp address."""
        if not value.startswith(WHATSAPP):
            raise InvalidInput(
                argument,
                f"{self.masked(value)!r} is not a WhatsApp address, which is {WHATSAPP} before an E.164 "
                "number.",
            )
        check_number(argument, value.removeprefix(WHATSAPP), any_form=True)

    def media_limit(self, content_type: str) -> int:
        """Allow 16 MiB, and 5 MiB for a picture, as WhatsApp itself does."""
        return (5 if content_type.startswith("image/") else 16) * MEGABYTE
