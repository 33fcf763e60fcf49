"""Phone numbers, and the channels that reach them: a number is one person on SMS and on WhatsApp.

All forms of a number are one person wherever two addresses are compared. What is sent to Twilio is the number
that was given.

E.164: https://www.twilio.com/docs/glossary/what-e164
Numbers, countries and time zones: https://github.com/daviddrysdale/python-phonenumbers
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar
from unicodedata import decimal

from airflow_provider_flexout.outreach.channels.number_entries import spellings_of_number
from airflow_provider_flexout.outreach.channels.number_forms import (
    e164,
    forms_of,
    is_in_use,
    is_possible,
    parsed,
)
from airflow_provider_flexout.outreach.channels.pair import PairChannel
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.http.redaction import mask_address

if TYPE_CHECKING:
    from typing import SupportsFloat

    from phonenumbers import PhoneNumber

WHATSAPP = "whatsapp:"
_PREFIXES = ("", WHATSAPP)
"""What stands before the number on each channel on which a number is the same person."""

_SERVICE = re.compile(r"MG[0-9a-f]{10,}", re.IGNORECASE)
_SID = re.compile(r"[A-Za-z]{2}[0-9a-fA-F]{32}")
_SCHEME = re.compile(r"\s*[A-Za-z]+\s*:")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_TOO_LARGE = 10**15  # for a phone number, and for the whole digits of a float


class PhoneChannel(PairChannel):
    """A channel whose addresses are phone numbers in E.164, each after the channel's prefix."""

    prefix: ClassVar[str]
    """What stands before the number."""

    senders: ClassVar[str] = "a number"
    """What may be our address."""

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
        bare = _SCHEME.sub("", value).strip()
        if _SERVICE.fullmatch(bare):
            raise InvalidInput(
                argument,
                "a Messaging Service (MG…) is not a sender of a conversation: pass it as "
                "messaging_service_sid, and one of its numbers as the sender.",
            )
        if _SID.fullmatch(bare):
            raise InvalidInput(argument, "a SID is not a sender; pass the number itself, as in +15005550006.")
        if any(map(str.isalpha, bare)) and "@" not in bare:
            raise InvalidInput(
                argument,
                "an alphanumeric sender is one-way: nobody can reply to it, so it cannot hold a "
                f"conversation. Pass {self.senders}.",
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

    def likely(self, value: SupportsFloat | str) -> str | None:
        """Give the number with a plus sign before it, or +1."""
        text = value if isinstance(value, str) else _whole(value)
        number = _likely(text) if text else None
        return mask_address(e164(number)) if number else None

    def time_zones(self, address: str) -> tuple[str, ...]:
        """Give all zones of the number's area."""
        from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

        number = parsed(self.person(address))
        zones = time_zones_for_number(number) if number else ()
        return tuple(zone for zone in zones if zone != UNKNOWN_TIMEZONE)


def check_number(argument: str, value: str, *, any_form: bool = False, prefix: str = "") -> None:
    """Refuse what is not a phone number in E.164.

    :param argument: the name of the argument, for the error.
    :param value: the number, for example ``+13115552368``.
    :param any_form: whether a form is taken that cannot be dialled any more, as WhatsApp has it.
    :param prefix: what stands before the number on its channel, for the correction.
    :raises InvalidInput: with the likely correction, where there is one.
    """
    numbers = forms_of(value) if any_form else (value,)
    if _E164.fullmatch(value) and any(map(is_possible, numbers)):
        return
    raise InvalidInput(
        argument,
        f"{mask_address(value)!r} is not a phone number in E.164.{correction_of(value, prefix)} E.164 is a "
        "plus sign, the country code and the number, digits only, as in +13115552368.",
    )


def correction_of(value: str, prefix: str = "") -> str:
    """Say which number was probably meant. Where the country code is missing, only +1 can be guessed.

    :param value: what was given.
    :param prefix: what stands before the number on its channel.
    :return: two sentences, with a space before each; empty where nothing can be guessed.
    """
    number = _likely(value)
    if number is None:
        return ""
    likely = e164(number)
    country = f"+{number.country_code}"
    rest = len(likely) - len(country)
    return (
        f" Did you mean {prefix}{mask_address(likely)}? Write {prefix}{country} and the other {rest} digits."
    )


def _whole(value: SupportsFloat) -> str | None:
    """Write a number without its fraction; ``None`` for one that is too large for a phone number."""
    try:
        number = float(value)
    except OverflowError:
        return None
    return f"{number:.0f}" if abs(number) < _TOO_LARGE else None


def _likely(value: str) -> PhoneNumber | None:
    bare = _SCHEME.sub("", value)
    digits = "".join(str(decimal(one)) for one in bare if one.isdecimal())
    if any(map(str.isalpha, bare)):
        return None
    if digits.startswith("00") and "+" not in bare:
        digits = digits[2:]
    for prefix in ("+", "+1"):
        number = parsed(forms_of(prefix + digits)[0])
        if number and is_in_use(number):
            return number
    return None
