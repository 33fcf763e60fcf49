"""Phone numbers, and the channels that reach them: a number is one person on SMS and on WhatsApp.

E.164: https://www.twilio.com/docs/glossary/what-e164
Numbers, countries and time zones: https://github.com/daviddrysdale/python-phonenumbers
"""

from __future__ import annotations

import re
from typing import ClassVar

import phonenumbers
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from airflow_provider_flexout.outreach.channels.pair import PairChannel
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.http.redaction import mask_address

WHATSAPP = "whatsapp:"
_PREFIXES = ("", WHATSAPP)
"""What stands before the number on each channel on which a number is the same person."""

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_NUMBER = re.compile(r"[+(]?[\d\s().+/-]{6,}")


class PhoneChannel(PairChannel):
    """A channel whose addresses are phone numbers in E.164, each after the channel's prefix."""

    prefix: ClassVar[str]
    """What stands before the number."""

    def person(self, address: str) -> str:
        """Give the number, which is the same on every channel that reaches it."""
        return address.removeprefix(self.prefix)

    def addresses(self, address: str) -> tuple[str, ...]:
        """Give the number as each channel writes it."""
        number = self.person(address)
        return tuple(prefix + number for prefix in _PREFIXES) if number.startswith("+") else (address,)

    def spellings(self, address: str) -> tuple[str, ...]:
        """Give the number with its country code, and without it, as lists of one country hold it."""
        number = _parsed(self.person(address))
        return (address, str(number.national_number)) if number else (address,)

    def key_part(self, address: str) -> str:
        """Give the number without the prefix; it stays so, whatever :meth:`person` learns."""
        return address.removeprefix(self.prefix)

    def time_zones(self, address: str) -> tuple[str, ...]:
        """Give all zones of the number's area."""
        number = _parsed(self.person(address))
        zones = time_zones_for_number(number) if number else ()
        return tuple(zone for zone in zones if zone != UNKNOWN_TIMEZONE)


def check_number(argument: str, value: str) -> None:
    """Refuse what is not a phone number in E.164.

    :param argument: the name of the argument, for the error.
    :param value: the number, for example ``+13115552368``.
    :raises InvalidInput: with the likely correction, where there is one.
    """
    number = _parsed(value) if _E164.fullmatch(value) else None
    if number and phonenumbers.is_possible_number(number):
        return
    raise InvalidInput(
        argument,
        f"{mask_address(value)!r} is not a phone number in E.164: a plus sign, the country code and the "
        f"number, digits only, as in +13115552368.{_correction(value)}",
    )


def digits_of(text: str) -> str | None:
    """Give the digits of a number in any spelling; ``None`` for what does not look like a number.

    :param text: for example ``(202) 555-0117``. Leading zeros, which are dialled at home, are left out.
    """
    return re.sub(r"\D", "", text).lstrip("0") if _NUMBER.fullmatch(text) else None


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    """Read a number that has its country code."""
    try:
        return phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None


def _correction(value: str) -> str:
    """Say which number was probably meant. Without a country code, only +1 can be guessed."""
    digits = re.sub(r"\D", "", value)
    if value.strip().startswith("00"):
        digits = digits[2:]
    for prefix in ("+", "+1"):
        number = _parsed(prefix + digits)
        if number and phonenumbers.is_valid_number(number):
            likely = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            country = f"+{number.country_code}"
            rest = len(likely) - len(country)
            return f" Did you mean {mask_address(likely)}? Write {country} and the other {rest} digits."
    return ""
