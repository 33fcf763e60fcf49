"""Channels between two addresses, the customer's and ours: SMS, WhatsApp, Messenger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.base import Channel
from airflow_provider_flexout.outreach.values.arguments import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.outreach.spec import OutreachSpec
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults


class PairChannel(Channel):
    """A channel on which a pair of addresses is in at most one open conversation.

    The first of ``sender_fields`` holds our address.
    """

    def participants(self, spec: OutreachSpec, defaults: ConnectionDefaults) -> list[dict[str, Any]]:
        """Make the one participant."""
        proxy = defaults.require(spec.from_, "from_", self.sender_fields[0])
        address = self.normalize(str(spec.to))
        return [{"address": address, "proxy_address": self.normalize(proxy), "type": self.name}]

    def check_participant(self, participant: Mapping[str, Any], argument: str) -> None:
        """Check both addresses."""
        sender = "from_" if argument == "to" else argument
        self.check_address(argument, text_of(participant, "address", argument))
        self.check_sender(sender, text_of(participant, "proxy_address", sender))
