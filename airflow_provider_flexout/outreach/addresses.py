"""Addresses of customers and senders, checked before anything is sent.

E.164: https://www.twilio.com/docs/glossary/what-e164
"""

from __future__ import annotations

import re

import phonenumbers

from airflow_provider_flexout.outreach.errors import InvalidInput

_E164 = re.compile(r"\+[1-9]\d{6,14}")
WHATSAPP = "whatsapp:"


def check_number(argument: str, value: str) -> None:
    """Refuse what is not a phone number in E.164.

    :param argument: the name of the argument, for the error.
    :param value: for example ``+13115552368``.
    :raises InvalidInput: with the likely correction, where there is one.
    """
    if _E164.fullmatch(value) and phonenumbers.is_possible_number(phonenumbers.parse(value)):
        return
    likely = _likely(value)
    hint = f" Did you mean {likely}?" if likely else ""
    raise InvalidInput(
        argument,
        f"{value!r} is not a phone number in E.164: a plus sign, the country code and the number, "
        f"digits only, as in +13115552368.{hint}",
    )


def check_whatsapp(argument: str, value: str) -> None:
    """Refuse what is not a WhatsApp address.

    :param argument: the name of the argument, for the error.
    :param value: for example ``whatsapp:+13115552368``.
    :raises InvalidInput: with what is allowed.
    """
    if not value.startswith(WHATSAPP):
        raise InvalidInput(
            argument, f"{value!r} is not a WhatsApp address, which is {WHATSAPP} before an E.164 number."
        )
    check_number(argument, value.removeprefix(WHATSAPP))


def _likely(value: str) -> str | None:
    """Guess the number that was meant; without a country code only a guess for +1 can be made."""
    digits = re.sub(r"\D", "", value)
    if value.strip().startswith("00"):
        digits = digits[2:]
    for candidate in (f"+{digits}", f"+1{digits}"):
        try:
            number = phonenumbers.parse(candidate)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None
