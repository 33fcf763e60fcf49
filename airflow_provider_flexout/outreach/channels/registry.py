"""Every channel, by its name and by the form of an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.chat import Chat
from airflow_provider_flexout.outreach.channels.email import Email
from airflow_provider_flexout.outreach.channels.messenger import Messenger
from airflow_provider_flexout.outreach.channels.sms import Sms
from airflow_provider_flexout.outreach.channels.web import Web
from airflow_provider_flexout.outreach.channels.whatsapp import WhatsApp
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import wrong_type
from airflow_provider_flexout.twilio.http.redaction import masked_repr

if TYPE_CHECKING:
    from typing import SupportsFloat

    from airflow_provider_flexout.outreach.channels.base import Channel

CHANNELS: dict[str, Channel] = {
    one.name: one for one in (Sms(), WhatsApp(), Messenger(), Email(), Chat(), Web())
}
"""All channels by name. An address belongs to the first that recognizes it."""


def channel_named(name: object) -> Channel:
    """Give the channel of a name.

    :param name: Twilio's name of the channel, for example ``sms``.
    :raises InvalidInput: when there is none, naming all that there are.
    """
    channel = CHANNELS.get(name) if isinstance(name, str) else None
    if not isinstance(name, str | None):
        raise InvalidInput(
            "channel", f"{wrong_type(name)} It is not a channel; choose one of {', '.join(CHANNELS)}."
        )
    if channel is None:
        raise InvalidInput(
            "channel", f"{masked_repr(name)} is not a channel; choose one of {', '.join(CHANNELS)}."
        )
    return channel


def channel_of(address: str) -> Channel:
    """Give the channel that an address belongs to.

    :param address: the address as Twilio knows it. What no channel recognizes is an identity, and so the
        chat's.
    """
    return next((one for one in CHANNELS.values() if one.recognizes(address)), CHANNELS["chat"])


def normalize_name(name: Any) -> Any:
    """Write the name of a channel as Twilio does; tables hold it in capitals, or with spaces around it.

    :param name: the name, for example ``" SMS"``.
    """
    return name.strip().lower() if isinstance(name, str) else name


def likely_address(value: SupportsFloat | str) -> str | None:
    """Give the address that somebody meant by a number or a text, in a form that may be shown.

    :param value: for example what pandas makes of a column of phone numbers, ``12025550143.0``.
    """
    return next(filter(None, (one.likely(value) for one in CHANNELS.values())), None)


def read_entry(entry: str) -> tuple[str, ...]:
    """Say whom an entry of a list means, to be compared with the spellings of people's addresses.

    :param entry: an address in any writing, without blanks around it.
        What no channel recognizes is an identity.
    :raises ValueError: where it cannot be read, with what is wrong.
    """
    found = next(filter(None, (channel.listed(entry) for channel in CHANNELS.values())), None)
    if found is None:
        try:
            CHANNELS["chat"].check_address("entry", entry)
        except InvalidInput:
            raise ValueError("is not a phone number, a mail address or another address") from None
    return found or (entry,)


def person_of(address: str) -> str:
    """Give the canonical form of an address, by which two addresses are compared.

    :param address: the address as Twilio knows it, on any channel.
    """
    return channel_of(address).person(address)


def spellings_of(address: str) -> list[str]:
    """Give every address by which Twilio may know a person on one channel, beginning with this one.

    :param address: one of them.
    """
    channel = channel_of(address)
    return [one for one in channel.addresses(address) if one == address or channel.recognizes(one)]
