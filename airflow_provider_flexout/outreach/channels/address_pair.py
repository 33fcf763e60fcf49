"""Channels between two addresses, the customer's and ours: SMS, WhatsApp, Messenger."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.outreach.channels.base import ChannelModel, ShortForm, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults


class PairModel(ChannelModel):
    """A channel on which a pair of addresses is in one open conversation at most."""

    sender: ClassVar[str]
    """The connection's field with our address."""

    @abstractmethod
    def check_address(self, argument: str, value: str) -> None:
        """Refuse what is no address of this kind.

        :param argument: the name of the argument, for the error.
        :param value: the address.
        :raises InvalidInput: with what is allowed.
        """

    def normalize(self, address: str) -> str:
        """Write an address as Twilio wants it.

        :param address: as the operator was told.
        """
        return address

    def participants(self, words: ShortForm, defaults: ConnectionDefaults) -> list[dict[str, Any]]:
        """Make the one participant."""
        proxy = defaults.require(words.from_, "from_", self.sender)
        address = self.normalize(str(words.to))
        return [{"address": address, "proxy_address": self.normalize(proxy), "type": self.kind}]

    def check_participant(self, participant: Mapping[str, Any], argument: str) -> None:
        """Check both addresses."""
        sender = "from_" if argument == "to" else argument
        for key, name in (("address", argument), ("proxy_address", sender)):
            self.check_address(name, text_of(participant, key, name))
