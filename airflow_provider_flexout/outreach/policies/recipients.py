"""Who is going to be contacted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.waiters.reply import customers_of
from airflow_provider_flexout.twilio.api.conversations import list_participants
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.api.conversations import Participant
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """Somebody, by one of their addresses.

    :param address: a phone number in E.164, ``whatsapp:`` before it or not, a mail address, or a chat
        identity.
    :param proxy_address: ours towards them.
    :param is_identity: whether the address is the name of a chat user.
    """

    address: str
    proxy_address: str | None = None
    is_identity: bool = False

    @property
    def shown(self) -> str:
        """The address in a form that may be shown."""
        return channel_of(self.address).masked(self.address)


class Recipients:
    """The people of one contact, looked up once when the first gate asks for them.

    :param known: who they are, where that is known; otherwise
    :param conversation_sid: the conversation whose customers they are, ``CH…``.
    """

    def __init__(self, known: tuple[Recipient, ...] = (), conversation_sid: str | None = None) -> None:
        self._known = known
        self._conversation_sid = conversation_sid

    def find(self) -> Procedure[tuple[Recipient, ...]]:
        """Give the people; costs a request the first time, where only their conversation is known."""
        if not self._known and self._conversation_sid:
            everybody = yield from read_pages(list_participants(self._conversation_sid))
            self._known = tuple(_recipient(one) for one in customers_of(everybody))
        return self._known


def recipients_of(opening: InteractionRequest) -> Recipients:
    """Give whom an outreach is for.

    :param opening: the outreach; it names them, or the conversation that they are in.
    """
    people = [one for one in opening.channel.get("participants") or () if isinstance(one, Mapping)]
    return Recipients(
        tuple(
            Recipient(one.get("address") or one["identity"], one.get("proxy_address"), not one.get("address"))
            for one in people
            if one.get("address") or one.get("identity")
        ),
        opening.conversation_sid,
    )


def _recipient(participant: Participant) -> Recipient:
    binding = participant.messaging_binding or {}
    if binding.get("address"):
        return Recipient(binding["address"], binding.get("proxy_address"))
    return Recipient(str(participant.identity), is_identity=True)
