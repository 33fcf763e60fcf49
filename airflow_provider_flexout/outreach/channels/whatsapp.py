"""WhatsApp: two phone numbers, ``whatsapp:`` before each.

Whoever has not written within 24 hours can be reached by an approved template only; see
:mod:`~airflow_provider_flexout.outreach.message.session_window`.
"""

from __future__ import annotations

from airflow_provider_flexout.outreach.channels.address_pair import PairModel
from airflow_provider_flexout.outreach.values.addresses import WHATSAPP, check_whatsapp


class WhatsApp(PairModel):
    """WhatsApp messages."""

    kind = "whatsapp"
    sender = "whatsapp_from"

    def normalize(self, address: str) -> str:
        """Put ``whatsapp:`` before a bare number, so that one column of numbers serves both channels."""
        return WHATSAPP + address if address.startswith("+") else address

    def check_address(self, argument: str, value: str) -> None:
        """Refuse what is not a WhatsApp address."""
        check_whatsapp(argument, value)
