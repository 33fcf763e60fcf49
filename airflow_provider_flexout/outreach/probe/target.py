"""Whom and what a probe may use: the address, our sender, and the agent."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.pair import PairChannel
from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.routing.build import build_routing

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

__all__ = ["LABEL", "ProbeTarget", "read_target"]

LABEL = "a test by flexout"
"""What people see of everything that a probe makes."""

_CHANNELS = ("sms", "whatsapp")


@dataclass(frozen=True, slots=True, repr=False)
class ProbeTarget:
    """Whom and what a probe may use.

    :param probe_id: what tells the conversations and tasks of this probe from all others.
    :param channel: ``sms`` or ``whatsapp``.
    :param address: the user's own.
    :param sender: ours.
    :param masked: the address as it may be shown.
    :param routing: Twilio's ``Routing`` object for each interaction.
    :param defaults: what the connection provides.
    :param clock: gives seconds.
    """

    probe_id: str
    channel: str
    address: str
    sender: str
    masked: str
    routing: dict[str, Any]
    defaults: ConnectionDefaults
    clock: Callable[[], float] = time.monotonic

    @property
    def initiated_by(self) -> str:
        """Who starts the interactions: the connection's agent, or nobody in particular."""
        return "agent" if "worker_sid" in self.routing["properties"] else "api"

    @property
    def workspace_sid(self) -> str:
        """The workspace, ``WS…``."""
        return str(self.routing["properties"]["workspace_sid"])

    def channel_in(self, conversation_sid: str) -> dict[str, Any]:
        """Give Twilio's ``Channel`` object of an interaction on a conversation.

        :param conversation_sid: the conversation, ``CH…``.
        """
        return {
            "type": self.channel,
            "initiated_by": self.initiated_by,
            "properties": {"media_channel_sid": conversation_sid},
        }

    @property
    def channel_of_its_own(self) -> dict[str, Any]:
        """Twilio's ``Channel`` object of an interaction that makes its conversation."""
        pair = {"address": self.address, "proxy_address": self.sender}
        return {"type": self.channel, "initiated_by": self.initiated_by, "participants": [pair]}


def read_target(
    to: str, defaults: ConnectionDefaults, probe_id: str, clock: Callable[[], float] = time.monotonic
) -> ProbeTarget:
    """Check everything that a probe needs, before anything is sent.

    :param to: an address of the user's own: a phone number with its country code, on WhatsApp with
        ``whatsapp:`` before it.
    :param defaults: what the connection provides.
    :param probe_id: what tells this probe from all others: letters and digits.
    :param clock: gives seconds.
    :raises InvalidInput: when the address is no phone's, or the connection lacks a field, which it names.
    """
    channel = channel_of(to)
    if channel.name not in _CHANNELS or not isinstance(channel, PairChannel):
        raise InvalidInput(
            "to",
            "is not a phone number with its country code, such as +12025550143, nor one on "
            "WhatsApp, such as whatsapp:+12025550143. A probe goes to a phone.",
        )
    channel.check_address("to", to)
    field = channel.sender_fields[0]
    sender = channel.normalize(defaults.require(None, field, field))
    channel.check_sender(field, sender)
    if channel.person(to) == channel.person(sender):
        raise InvalidInput("to", "is our own sender. A probe goes to a phone of yours.")
    by_agent = bool(defaults.worker_sid and defaults.queue_sid)
    routing = build_routing(
        None,
        attributes={durable.PROBE_ATTRIBUTE: probe_id, "customerName": LABEL},
        defaults=defaults,
        by_agent=by_agent,
        validate=True,
    )
    return ProbeTarget(probe_id, channel.name, to, sender, channel.masked(to), routing, defaults, clock)
