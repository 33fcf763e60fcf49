"""Phone numbers, and the channels that reach them: a number is one person on SMS and on WhatsApp.

All forms of a number are one person wherever two addresses are compared. What is sent to Twilio is the number
that was given.

E.164: https://www.twilio.com/docs/glossary/what-e164
Numbers, countries and time zones: https://github.com/daviddrysdale/python-phonenumbers
"""

from __future__ import annotations

import re
from typing import ClassVar

import phonenumbers
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from airflow_provider_flexout.outreach.channels.number_entries import spellings_of_number
from airflow_provider_flexout.outreach.channels.number_forms import forms_of, is_possible, parsed
from airflow_provider_flexout.outreach.channels.pair import PairChannel
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.sids import is_sid
from airflow_provider_flexout.twilio.http.redaction import mask_address

WHATSAPP = "whatsapp:"
_PREFIXES = ("", WHATSAPP)
"""What stands before the number on each channel on which a number is the same person."""

_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_TOO_LARGE = 10**15  # for a phone number, and for the whole digits of a float


class PhoneChannel(PairChannel):
    """A channel whose addresses are phone numbers in E.164, each after the channel's prefix."""

    prefix: ClassVar[str]
    """What stands before the number."""

    messaging_service = True

    opt_out_keywords = frozenset(
        {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
    )
    """https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out"""

    opt_in_keywords = frozenset({"START", "YES", "UNSTOP"})
    """https://help.twilio.com/articles/223134027"""

    def check_sender(self, argument: str, value: str) -> None:
        """Refuse what is not a number of ours, and say what to do with other senders that Twilio has.

        https://www.twilio.com/docs/messaging/services, https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id
        """
        bare = value.removeprefix(self.prefix)
        if is_sid(bare, "MG"):
            raise InvalidInput(
                argument,
                "a Messaging Service (MG…) is not a sender of a conversation: pass it as "
                "messaging_service_sid, and one of its numbers as the sender.",
            )
        if _ALPHANUMERIC.fullmatch(bare):
            raise InvalidInput(
                argument,
                "an alphanumeric sender goes one way: nobody can reply to it, so it cannot hold a "
                "conversation. Pass a number or a short code.",
            )
        self.check_address(argument, value)

    def person(self, address: str) -> str:
        """Give the number, which is the same on every channel that reaches it, in its canonical form."""
        return forms_of(address.removeprefix(self.prefix))[0]

    def addresses(self, address: str) -> tuple[str, ...]:
        """Give the number as each channel writes it, in each of its forms, beginning with this address."""
        bare = address.removeprefix(self.prefix)
        if not bare.startswith("+"):
            return (address,)
        numbers = dict.fromkeys((bare, *forms_of(bare)))
        return tuple(dict.fromkeys((address, *(prefix + one for one in numbers for prefix in _PREFIXES))))

    def spellings(self, address: str) -> tuple[str, ...]:
        """Give the digits of each form, with the country code and as it is dialled at home."""
        return (self.person(address), *spellings_of_number(address.removeprefix(self.prefix)))

    def key_part(self, address: str) -> str:
        """Give the number without the prefix; it stays so, whatever :meth:`person` learns."""
        return address.removeprefix(self.prefix)

    def likely(self, value: float) -> str | None:
        """Give the number with a plus sign before it, or +1."""
        number = _likely(f"{value:.0f}") if abs(value) < _TOO_LARGE else None
        e164 = phonenumbers.PhoneNumberFormat.E164
        return mask_address(phonenumbers.format_number(number, e164)) if number else None

    def time_zones(self, address: str) -> tuple[str, ...]:
        """Give all zones of the number's area."""
        number = parsed(self.person(address))
        zones = time_zones_for_number(number) if number else ()
        return tuple(zone for zone in zones if zone != UNKNOWN_TIMEZONE)


def check_number(argument: str, value: str, *, any_form: bool = False) -> None:
    """Refuse what is not a phone number in E.164.

    :param argument: the name of the argument, for the error.
    :param value: the number, for example ``+13115552368``.
    :param any_form: whether a form is taken that cannot be dialled any more, as WhatsApp has it.
    :raises InvalidInput: with the likely correction, where there is one.
    """
    numbers = forms_of(value) if any_form else (value,)
    if _E164.fullmatch(value) and any(map(is_possible, numbers)):
        return
    raise InvalidInput(
        argument,
        f"{mask_address(value)!r} is not a phone number in E.164.{_correction(value)} E.164 is a plus sign, "
        "the country code and the number, digits only, as in +13115552368.",
    )


def _correction(value: str) -> str:
    """Say which number was probably meant. Without a country code, only +1 can be guessed."""
    number = _likely(value)
    if number is None:
        return ""
    likely = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    country = f"+{number.country_code}"
    rest = len(likely) - len(country)
    return f" Did you mean {mask_address(likely)}? Write {country} and the other {rest} digits."


def _likely(value: str) -> phonenumbers.PhoneNumber | None:
    digits = re.sub(r"\D", "", value)
    if value.strip().startswith("00"):
        digits = digits[2:]
    for prefix in ("+", "+1"):
        number = parsed(forms_of(prefix + digits)[0])
        if number and phonenumbers.is_valid_number(number):
            return number
    return None
