"""Chat: a chat user of ours, known by an identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.base import ChannelModel, ShortForm, text_of
from airflow_provider_flexout.outreach.values.addresses import check_identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults


class Chat(ChannelModel):
    """Chat in an app of our own."""

    kind = "chat"
    takes = frozenset()
    keys = frozenset({"identity"})

    def participants(self, words: ShortForm, defaults: ConnectionDefaults) -> list[dict[str, Any]]:
        """Make the one participant."""
        return [{"identity": words.to}]

    def check_participant(self, participant: Mapping[str, Any], argument: str) -> None:
        """Check the identity."""
        check_identity(argument, text_of(participant, "identity", argument))

    def customer_address(self, to: str) -> str | None:
        """Give none: Flex would take an identity for a phone number."""
        return None
