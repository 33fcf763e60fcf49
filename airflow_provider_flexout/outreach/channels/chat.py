"""Chat: a chat user of ours, known by an identity.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.base import (
    CHAT_TEXT_LIMIT,
    LONGEST_ADDRESS,
    Channel,
)
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.outreach.spec import OutreachSpec
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

_RESERVED = frozenset(":/?#[]@!$&'()*+,;=% ")
"""What URLs reserve. Mail addresses and phone numbers, which no identity should hold, contain some of it."""


class Chat(Channel):
    """Chat in an app of our own. What is an address elsewhere is an identity here."""

    name = "chat"
    short_form = frozenset()
    participant_keys = frozenset({"identity"})
    text_limit = CHAT_TEXT_LIMIT

    def recognizes(self, address: str) -> bool:
        """Recognize nothing: an identity has no form of its own."""
        return False

    def check_address(self, argument: str, value: str) -> None:
        """Refuse what should not be the identity of a chat user."""
        if _RESERVED & set(value) or not value.isprintable():
            raise InvalidInput(
                argument,
                f"{self.masked(value)!r} is not a chat identity: it must not hold a mail address, a phone "
                f"number or any of {''.join(sorted(_RESERVED))!r}. Use an id of your own, as in guest_42.",
            )
        if len(value) > LONGEST_ADDRESS:
            raise InvalidInput(
                argument, f"{len(value)} characters; an identity has at most {LONGEST_ADDRESS}."
            )

    def participants(self, spec: OutreachSpec, defaults: ConnectionDefaults) -> list[dict[str, Any]]:
        """Make the one participant."""
        return [{"identity": spec.to}]

    def check_participant(self, participant: Mapping[str, Any], argument: str) -> None:
        """Check the identity."""
        self.check_address(argument, text_of(participant, "identity", argument))

    def customer_address(self, to: str) -> str | None:
        """Give none: Flex would take an identity for a phone number."""
        return None
