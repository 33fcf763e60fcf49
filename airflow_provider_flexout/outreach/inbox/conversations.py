"""The conversations that a person takes part in, whichever spelling of their address each one holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import (
    CHANNELS,
    channel_named,
    channel_of,
    spellings_of,
)
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.plain import entry_text
from airflow_provider_flexout.twilio.api.conversations import list_participant_conversations
from airflow_provider_flexout.twilio.http.pagination import read_pages
from airflow_provider_flexout.twilio.http.redaction import mask_address

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.channels.base import Channel
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


def addresses_of(argument: str, entry: object, channel_name: str | None = None) -> tuple[str, ...]:
    """Give every address, on any channel, by which Twilio may know the person whom somebody names.

    Twilio compares mail addresses exactly, so one is looked up both as it is written here and in lower case.

    :param argument: the name of the argument, for the error.
    :param entry: an address in any writing; what is not one on any channel is a chat identity.
    :param channel_name: the channel that it is an address of; by default, its form tells.
    :raises InvalidInput: when it cannot be read, or it is a number without its country code.
    """
    named = None if channel_name is None else channel_named(channel_name)
    try:
        text = entry_text(entry)
        channel = named or channel_of(text)
        listed: tuple[str, ...] = (text,)
        for one in CHANNELS.values() if named is None else (named,):
            if found := one.listed(text):
                channel, listed = one, found
                break
    except ValueError as problem:
        shown = mask_address(entry) if isinstance(entry, str) else "it"
        raise InvalidInput(argument, f"{shown} {problem}.") from None
    if not text:
        raise InvalidInput(argument, "missing; name a phone number, a mail address or a chat identity.")
    person = text if len(listed) > 1 else channel.normalize(listed[0])  # several: it has no country code
    channel.check_address(argument, person)
    as_written = channel.customer_address(text) or person
    written = (as_written,) if _is_address(channel, as_written) else ()
    found_addresses = (each for one in (person, *written) for each in channel.addresses(one))
    return tuple(dict.fromkeys(found_addresses))


def _is_address(channel: Channel, text: str) -> bool:
    try:
        channel.check_address("address", text)
    except InvalidInput:
        return False
    return True
