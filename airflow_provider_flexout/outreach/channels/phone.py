"""Phone numbers, and the channels that reach them: a number is one person on SMS and on WhatsApp.

Some countries write one number in two ways, and WhatsApp keeps the one that was valid when its user signed
up: Twilio reports a Mexican customer who was contacted as ``+52 55…`` as ``+52 1 55…``. Both are one person
wherever two addresses are compared. What is sent to Twilio is the number that was given.

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
from airflow_provider_flexout.outreach.values.sids import is_sid
from airflow_provider_flexout.twilio.http.redaction import mask_address

WHATSAPP = "whatsapp:"
_PREFIXES = ("", WHATSAPP)
"""What stands before the number on each channel on which a number is the same person."""

_TWO_FORMS = (
    (r"\+521([2-9]\d{9})", r"+52\1", r"\+52([2-9]\d{9})", r"+521\1"),
    (r"\+54([1-8]\d{9})", r"+549\1", r"\+549([1-8]\d{9})", r"+54\1"),
    (r"\+55([1-9]\d)([6-9]\d{7})", r"+55\g<1>9\2", r"\+55([1-9]\d)9([6-9]\d{7})", r"+55\1\2"),
    (r"\+225([04-9][0-3]\d{6})", r"+22501\1", r"\+22501([04-9][0-3]\d{6})", r"+225\1"),
    (r"\+225([04-9][4-6]\d{6})", r"+22505\1", r"\+22505([04-9][4-6]\d{6})", r"+225\1"),
    (r"\+225([04-9][7-9]\d{6})", r"+22507\1", r"\+22507([04-9][7-9]\d{6})", r"+225\1"),
    (r"\+229([2-9]\d{7})", r"+22901\1", r"\+22901([2-9]\d{7})", r"+229\1"),
)
"""Numbers that have two forms: the older form and how it becomes the canonical one, and the reverse.

* Mexico: the 1 of mobile numbers, which has not been dialled since 2019, and which WhatsApp keeps.
  https://faq.whatsapp.com/640432094208718, https://github.com/chatwoot/chatwoot/issues/14048
* Argentina: the 9 of mobile numbers. The same page, and https://github.com/chatwoot/chatwoot/pull/14264
* Brazil: the ninth digit of mobile numbers, whose other eight begin with 6 to 9; a landline's begin with 2
  to 5. https://github.com/chatwoot/chatwoot/pull/14264
* Ivory Coast: ten digits since 2021, of which the first two follow from the operator, and so from the second
  of the older eight. Benin: 01 before all numbers since 2024. https://www.itu.int/oth/T0202.aspx?parent=T0202
"""
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_TOO_LARGE = 10**15  # for a phone number, and for the whole digits of a float
_NUMBER = re.compile(r"[+(]?[\d\s().+/-]{6,}")


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
        """Give each form with its country code, also without the plus sign, and as it is dialled at home."""
        found = {address: None}
        for form in forms_of(address.removeprefix(self.prefix)):
            found |= {form: None, form.removeprefix("+"): None}
            if number := _parsed(form):
                national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
                found |= dict.fromkeys((str(number.national_number), national))
        return tuple(found)

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
        number = _parsed(self.person(address))
        zones = time_zones_for_number(number) if number else ()
        return tuple(zone for zone in zones if zone != UNKNOWN_TIMEZONE)


def forms_of(number: str) -> tuple[str, ...]:
    """Give every form of a number, the canonical one first.

    :param number: in E.164, or what only looks like it: then it is its only form.
    """
    read = _parsed(number) if number.startswith("+") else None
    plain = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164) if read else number
    for older, to_canonical, canonical, to_older in _TWO_FORMS:
        if found := re.fullmatch(older, plain):
            return found.expand(to_canonical), plain
        if found := re.fullmatch(canonical, plain):
            return plain, found.expand(to_older)
    return (plain,)


def check_number(argument: str, value: str, *, any_form: bool = False) -> None:
    """Refuse what is not a phone number in E.164.

    :param argument: the name of the argument, for the error.
    :param value: the number, for example ``+13115552368``.
    :param any_form: whether a form is taken that cannot be dialled any more, as WhatsApp has it.
    :raises InvalidInput: with the likely correction, where there is one.
    """
    numbers = forms_of(value) if any_form else (value,)
    if _E164.fullmatch(value) and any(map(_is_possible, numbers)):
        return
    raise InvalidInput(
        argument,
        f"{mask_address(value)!r} is not a phone number in E.164.{_correction(value)} E.164 is a plus sign, "
        "the country code and the number, digits only, as in +13115552368.",
    )


def _is_possible(number: str) -> bool:
    read = _parsed(number)
    return read is not None and phonenumbers.is_possible_number(read)


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
        number = _parsed(forms_of(prefix + digits)[0])
        if number and phonenumbers.is_valid_number(number):
            return number
    return None
