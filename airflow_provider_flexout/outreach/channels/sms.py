"""SMS: two phone numbers in E.164."""

from __future__ import annotations

from airflow_provider_flexout.outreach.channels.address_pair import PairModel
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.addresses import WHATSAPP, check_number


class Sms(PairModel):
    """Text messages."""

    kind = "sms"
    sender = "sms_from"

    def check_address(self, argument: str, value: str) -> None:
        """Refuse what is not a phone number in E.164."""
        if value.startswith(WHATSAPP):
            raise InvalidInput(
                argument, 'this is a WhatsApp address; pass channel="whatsapp" or a bare E.164 number.'
            )
        check_number(argument, value)
