"""Phone numbers as people write them in lists, with or without a country code.

A number with its country code is one person. A number without it may belong to any country, so it stands for
everybody whose number it may be: leaving somebody out is better than contacting somebody by mistake.
"""

from __future__ import annotations

import re
from unicodedata import category, decimal

from airflow_provider_flexout.outreach.channels.number_forms import (
    forms_of,
    is_possible,
    is_valid,
    national,
    parsed,
)

MOST_DIGITS = 15
"""Of a number in E.164. https://www.twilio.com/docs/glossary/what-e164"""

_NUMBER = re.compile(r"[+(\s]*\d[\d\s().+/-]{5,}")
_DECIMAL = re.compile(r"(\+?\d{7,})[.,]0+")
_SHORTENED = re.compile(r"(\d)(?:[.,](\d+)[eE]\+?|[eE]\+)(\d{1,3})")
_EXTENSION = re.compile(r"(?:;ext=|\s+(?:ext\.?|x|#)\s*)\d{1,7}$", re.IGNORECASE)
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
"""As in ``+48 (0) 512 345 678``: not dialled from abroad, and in many countries not at all."""
_MEXICAN_1 = "+521"
_EXIT_CODES = ("00", "011")
"""What is dialled before a country code, in most countries and in North America."""


def read_number(entry: str) -> tuple[str, ...] | None:
    """Give the person whose number an entry is, or its digits where it has no country code.

    :param entry: for example ``(202) 555-0117``, ``0044 7911 123456`` or ``447911123456.0``.
    :returns: ``None`` for what does not look like a number.
    :raises ValueError: for what looks like one and cannot be read, with what is wrong.
    """
    if not entry.isascii():
        entry = "".join(map(_in_ascii, entry))
    entry = _EXTENSION.sub("", entry)
    if found := _SHORTENED.fullmatch(entry):
        entry = _whole(found)
    elif found := _DECIMAL.fullmatch(entry):
        entry = found[1]
    if not _NUMBER.fullmatch(entry):
        return None
    without = _TRUNK_ZERO.sub(" ", entry, count=1)
    if without == entry:
        return _read(entry)
    try:
        return tuple(dict.fromkeys(_read(without) + _read(entry)))
    except ValueError:
        return _read(without)


def _read(entry: str) -> tuple[str, ...]:
    digits = re.sub(r"\D", "", entry)
    if "+" in entry:
        if not entry.lstrip("( ").startswith("+") or entry.count("+") > 1:
            raise ValueError("holds more than one number")
        return (_international(digits),)
    if digits.startswith("00") and is_valid(f"+{digits[2:]}"):
        return (_international(digits),)
    abroad = digits.removeprefix("011").lstrip("0")
    if len(abroad) > MOST_DIGITS and re.search(r"[\s/()]", entry):
        raise ValueError("has too many digits for one number")
    return (digits.lstrip("0"), abroad, entry)


def _in_ascii(one: str) -> str:
    if one.isdecimal():
        return str(decimal(one))
    return "-" if category(one) == "Pd" or one == "\u2212" else " " if one.isspace() else one


def _whole(shortened: re.Match[str]) -> str:
    """Write a number that a spreadsheet has shortened, where every digit is left."""
    first, others, exponent = shortened[1], shortened[2] or "", int(shortened[3])
    if len(others) < exponent or others[exponent:].strip("0"):
        raise ValueError("has lost digits of its number; export the column as text")
    return first + others[:exponent]


def _international(digits: str) -> str:
    for code in _EXIT_CODES:
        digits = digits.removeprefix(code)
    forms = forms_of(f"+{digits}")
    if not any(map(is_possible, forms)):
        raise ValueError("has a country code, but is not a phone number of that country")
    return forms[0]


def spellings_of_number(number: str) -> tuple[str, ...]:
    """Give the digits by which lists may name a number without a plus sign, in each of its forms.

    :param number: in E.164.
    """
    canonical, *older = forms_of(number)
    found: dict[str, None] = {}
    for form in (canonical, *older):
        found[form.removeprefix("+")] = None
        if read := parsed(form):
            dialled = re.sub(r"\D", "", national(read))
            found[f"{read.country_code}{dialled}"] = None  # with the zero of home after the country code
            for one in (str(read.national_number), dialled.lstrip("0")):
                # The 1 of +52 1 is dialled after the country code only: without it, this is a number of +1.
                if not (form != canonical and form.startswith(_MEXICAN_1) and is_valid(f"+{one}")):
                    found[one] = None
    return tuple(found)
