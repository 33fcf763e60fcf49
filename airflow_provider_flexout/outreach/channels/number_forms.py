"""The forms of one phone number.

Some countries write one number in two ways, and WhatsApp keeps the one that was valid when its user signed
up: Twilio reports a Mexican customer who was contacted as ``+52 55…`` as ``+52 1 55…``. Both are one person
wherever two addresses are compared.

Numbers and countries: https://github.com/daviddrysdale/python-phonenumbers. The library takes longer to load
than all else that a DAG file needs, so it is loaded when the first number is read, and here only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

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
_STARTS = frozenset(older[1:4] for older, *_ in _TWO_FORMS)
_KEPT = 128
"""Numbers kept once read: rules that know nothing of each other read one contact's number ten times."""


@lru_cache(maxsize=_KEPT)
def forms_of(number: str) -> tuple[str, ...]:
    """Give every form of a number, the canonical one first.

    :param number: in E.164; a text that only looks like a number has itself as its only form.
    """
    read = parsed(number) if number.startswith("+") else None
    plain = e164(read) if read else number
    if plain[:3] not in _STARTS:  # which saves a long list most of its time
        return (plain,)
    for older, to_canonical, canonical, to_older in _TWO_FORMS:
        if found := re.fullmatch(older, plain):
            return found.expand(to_canonical), plain
        if found := re.fullmatch(canonical, plain):
            return plain, found.expand(to_older)
    return (plain,)


@lru_cache(maxsize=_KEPT)
def parsed(number: str) -> PhoneNumber | None:
    """Read a number that has its country code; ``None`` for what is not one.

    The result is shared, so nobody may change it.

    :param number: with a plus sign.
    """
    import phonenumbers

    try:
        return phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None


def e164(number: PhoneNumber) -> str:
    """Write a number in E.164.

    :param number: as :func:`parsed` gives it.
    """
    from phonenumbers import PhoneNumberFormat, format_number

    return format_number(number, PhoneNumberFormat.E164)


def national(number: PhoneNumber) -> str:
    """Write a number as it is dialled at home.

    :param number: as :func:`parsed` gives it.
    """
    from phonenumbers import PhoneNumberFormat, format_number

    return format_number(number, PhoneNumberFormat.NATIONAL)


@lru_cache(maxsize=_KEPT)
def is_possible(number: str) -> bool:
    """Say whether a number has a length that its country has, counted with the area code.

    :param number: in E.164.
    """
    from phonenumbers import ValidationResult, is_possible_number_with_reason

    read = parsed(number)
    return read is not None and is_possible_number_with_reason(read) == ValidationResult.IS_POSSIBLE


def is_valid(number: str) -> bool:
    """Say whether a number is in a range that its country uses, in one of its forms.

    :param number: in E.164.
    """
    return any((read := parsed(form)) is not None and is_in_use(read) for form in forms_of(number))


def is_in_use(number: PhoneNumber) -> bool:
    """Say whether a number is in a range that its country uses, as it is written.

    :param number: as :func:`parsed` gives it.
    """
    from phonenumbers import is_valid_number

    return is_valid_number(number)
