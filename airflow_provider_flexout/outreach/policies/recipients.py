"""The people who are going to be contacted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.email import LEVELS
from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.inbox.customers import list_customers

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.api.conversations import Participant
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """A person, known by one of their addresses.

    :param address: the address as Twilio knows it, or a chat identity.
    :param proxy_address: our address towards them; ``None`` where it is not known, or there is none.
    :param is_identity: whether the address is the identity of a chat user.
    :param messaging_service_sid: the Messaging Service that messages to them belong to, ``MG…``; ``None``
        where it is not known, or there is none.
    """

    address: str
    proxy_address: str | None = None
    is_identity: bool = False
    messaging_service_sid: str | None = None

    @property
    def shown(self) -> str:
        """The address in a form that may be shown."""
        return channel_of(self.address).masked(self.address)


class Recipients:
    """The people of one contact, looked up once, when the first policy needs them.

    :param known: the people, where they are known.
    :param conversation_sid: the conversation whose customers they are, ``CH…``; used where they are not
        known.
    """

    def __init__(self, known: tuple[Recipient, ...] = (), conversation_sid: str | None = None) -> None:
        self._known = known
        self._conversation_sid = conversation_sid

    def find(self) -> Procedure[tuple[Recipient, ...]]:
        """Give the people. The first call costs a request where only their conversation is known."""
        if not self._known and self._conversation_sid:
            customers = yield from list_customers(self._conversation_sid, LEVELS)
            self._known = tuple(map(_recipient, customers))
        return self._known


def recipients_of(request: InteractionRequest) -> Recipients:
    """Give the people of an outreach.

    :param request: the outreach, which names them or the conversation that they are in.
    """
    participants = [one for one in request.channel.get("participants") or () if isinstance(one, Mapping)]
    return Recipients(
        tuple(
            Recipient(
                one.get("address") or one["identity"],
                one.get("proxy_address"),
                not one.get("address"),
                request.messaging_service_sid,
            )
            for one in participants
            if one.get("address") or one.get("identity")
        ),
        request.conversation_sid,
    )


def _recipient(participant: Participant) -> Recipient:
    binding = participant.messaging_binding or {}
    if binding.get("address"):
        return Recipient(binding["address"], binding.get("proxy_address"))
    return Recipient(str(participant.identity), is_identity=True)
