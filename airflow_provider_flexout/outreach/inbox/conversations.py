"""The conversations that a person takes part in, whatever spelling of their address each of them holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.twilio.api.conversations import list_participant_conversations
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.conversations import ParticipantConversation
    from airflow_provider_flexout.twilio.http.call import Procedure


def list_conversations_of(
    address: str | None, identity: str | None = None
) -> Procedure[list[ParticipantConversation]]:
    """List the conversations of a person on one channel, closed ones too, in no useful order.

    Twilio compares addresses exactly, so this costs a request for each spelling: one for most.

    :param address: the person's address, as Twilio knows it; ``None`` where they have an identity.
    :param identity: the identity of a chat user.
    """
    if not address:
        return (yield from read_pages(list_participant_conversations(identity=identity)))
    found: list[ParticipantConversation] = []
    for one in spellings_of(address):
        found += yield from read_pages(list_participant_conversations(address=one))
    return found


def spellings_of(address: str) -> list[str]:
    """Give every address by which Twilio may know a person on one channel, beginning with this one.

    :param address: one of them.
    """
    channel = channel_of(address)
    return [one for one in channel.addresses(address) if one == address or channel.recognizes(one)]
