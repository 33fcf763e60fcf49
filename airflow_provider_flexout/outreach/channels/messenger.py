"""Facebook Messenger: the customer's page-scoped id and our page's, each after ``messenger:``.

Twilio's page about interactions describes no participants for Messenger, while the Conversations API accepts
these addresses. ``conversation_first``, which uses nothing else, therefore relies on what is documented;
``one_call`` sends the participants in the form of SMS.
"""

from __future__ import annotations

import re
from datetime import timedelta

from airflow_provider_flexout.outreach.channels.base import LONGEST_ADDRESS, MEGABYTE
from airflow_provider_flexout.outreach.channels.pair import PairChannel
from airflow_provider_flexout.outreach.errors import InvalidInput

_PREFIX = "messenger:"
_ADDRESS = re.compile(rf"{_PREFIX}[A-Za-z0-9_.\-]+")


class Messenger(PairChannel):
    """Messenger messages. Files: https://www.twilio.com/docs/flex/developer/conversations/limits."""

    name = "messenger"
    sender_fields = ("messenger_from",)
    media_types = ("image/jpeg", "image/png", "audio/mpeg", "video/mp4", "application/pdf")
    session_window = timedelta(hours=24)

    def recognizes(self, address: str) -> bool:
        """Recognize an address by its prefix."""
        return address.startswith(_PREFIX)

    def media_limit(self, content_type: str) -> int:
        """Allow 25 MiB."""
        return 25 * MEGABYTE

    def check_address(self, argument: str, value: str) -> None:
        """Refuse what is not a Messenger address."""
        if not _ADDRESS.fullmatch(value) or len(value) > LONGEST_ADDRESS:
            raise InvalidInput(
                argument,
                f"{self.masked(value)!r} is not a Messenger address: write {_PREFIX} and an id.",
            )
