"""Addresses of customers and senders, checked before anything is sent.

E.164: https://www.twilio.com/docs/glossary/what-e164
Mail addresses: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
Identities: https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions
"""

from __future__ import annotations

import re

import phonenumbers

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.http.redaction import mask_address

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_MESSENGER = re.compile(r"messenger:[A-Za-z0-9_.\-]+")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_MAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~\-]+@{_LABEL}(?:\.{_LABEL})+")
_RESERVED = frozenset(":/?#[]@!$&'()*+,;=% ")
_LONGEST = 256
_LONGEST_MAIL = 254
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
    hint = f" Did you mean {mask_address(likely)}?" if likely else ""
    raise InvalidInput(
        argument,
        f"{mask_address(value)!r} is not a phone number in E.164: a plus sign, the country code and the "
        f"number, digits only, as in +13115552368.{hint}",
    )


def check_whatsapp(argument: str, value: str) -> None:
    """Refuse what is not a WhatsApp address.

    :param argument: the name of the argument, for the error.
    :param value: for example ``whatsapp:+13115552368``.
    :raises InvalidInput: with what is allowed.
    """
    if not value.startswith(WHATSAPP):
        raise InvalidInput(
            argument,
            f"{mask_address(value)!r} is not a WhatsApp address, which is {WHATSAPP} before an E.164 number.",
        )
    check_number(argument, value.removeprefix(WHATSAPP))


def check_messenger(argument: str, value: str) -> None:
    """Refuse what is not a Messenger address.

    :param argument: the name of the argument, for the error.
    :param value: for example ``messenger:24381250``.
    :raises InvalidInput: with what is allowed.
    """
    if not _MESSENGER.fullmatch(value) or len(value) > _LONGEST:
        raise InvalidInput(
            argument, f"{mask_address(value)!r} is not a Messenger address, which is messenger: before an id."
        )


def check_mail(argument: str, value: str) -> None:
    """Refuse what is not a mail address.

    :param argument: the name of the argument, for the error.
    :param value: for example ``ada@example.com``, without a name.
    :raises InvalidInput: with what is allowed.
    """
    if not _MAIL.fullmatch(value) or len(value) > _LONGEST_MAIL:
        raise InvalidInput(argument, f"{mask_address(value)!r} is not a mail address, as in ada@example.com.")


def check_identity(argument: str, value: str) -> None:
    """Refuse what should not be the identity of a chat user.

    :param argument: the name of the argument, for the error.
    :param value: for example ``guest_42``.
    :raises InvalidInput: when it holds characters that URLs reserve, as mail addresses and phone numbers
        do, which as people's data should be in no identity anyway.
    """
    wrong = sorted(_RESERVED & set(value))
    if wrong or not value.isprintable():
        raise InvalidInput(
            argument,
            f"{mask_address(value)!r} is not a chat identity: it may hold no mail address, no phone number "
            f"and none of {''.join(sorted(_RESERVED))!r}. Take an id of your own, as in guest_42.",
        )
    if len(value) > _LONGEST:
        raise InvalidInput(argument, f"{len(value)} characters; an identity has at most {_LONGEST}.")


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
