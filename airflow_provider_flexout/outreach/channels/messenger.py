"""Facebook Messenger: the customer's page-scoped id and our page's, ``messenger:`` before each.

Twilio's page about interactions describes no participants for Messenger; the Conversations API does take
these addresses. So ``conversation_first``, which uses nothing else, stands on what is documented, while
``one_call`` sends the participants in the form of SMS.
"""

from __future__ import annotations

from airflow_provider_flexout.outreach.channels.address_pair import PairModel
from airflow_provider_flexout.outreach.values.addresses import check_messenger


class Messenger(PairModel):
    """Messenger messages."""

    kind = "messenger"
    sender = "messenger_from"

    def check_address(self, argument: str, value: str) -> None:
        """Refuse what is not a Messenger address."""
        check_messenger(argument, value)
