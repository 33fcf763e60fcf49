"""What a log or an error may show of a customer: enough to recognise them, too little to contact them.

A number is found by its digits alone, in any script, however it is encoded, and whatever separates them,
except letters, line breaks and the commas of a list. Whatever else has seven digits or more is masked as
well, since what has been shown cannot be taken back. What people look for in a log stays readable: SIDs,
UUIDs, hashes, days, times, decimals, counts and IP addresses.
"""

from __future__ import annotations

import html
import re
import sys
from contextlib import contextmanager
from decimal import Decimal
from numbers import Number
from typing import TYPE_CHECKING
from unicodedata import category, digit, normalize
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

# These four are texts, which re compiles when they are first needed: it takes longer than all else that a DAG
# file needs of this module.
_ENCODED = (
    r"(?i)(?P<url>(?:%[\da-f]{2})+)"
    r"|(?P<entity>&(?:\#\d{1,7}|\#x[\da-f]{1,6}|[a-z]{2,8});)"
    r"|\\+(?-i:x(?P<byte>[\da-fA-F]{2})|u(?P<short>[\da-fA-F]{4})|U(?P<long>[\da-fA-F]{8})|[nrt])"
)
"""A character in a URL, in HTML, and as Python and JSON write what cannot be printed."""
_MOST_ENCODINGS = 3
"""How often a text may have been encoded; a URL in a URL has its plus sign as ``%252B``."""

_BULLET = "\u2022"
_BETWEEN = (
    rf"(?:[^\w\n\r(\[{{<>@:+,;{_BULLET}]|_|[,;](?!\s)|(?<=\d{{3}})[:+](?=\d{{3}})"
    rf"|(?<!{_BULLET}){_BULLET}{{1,2}}(?!{_BULLET}))"
)
"""What may stand between two digits of a number. The colons of times and the plus sign of a zone do not."""
_IDENTIFIER = r"(?:(?=\d*[a-f])[\da-f]{20,}|[a-z]{2}[\da-f]{16,}|\d{8}T\d{4,6}Z?)(?![^\W_])"
"""A SID, a hash or a moment, whole or the beginning of one."""
_EXPONENT = r"(?:e[+]?(?:[7-9]|0[7-9]|1[0-4])(?!\w))?"
"""A spreadsheet writes 12025550141 as 1.2025550141E+10; what is measured has seldom as many digits."""

_NUMBER = rf"""(?xi)
    (?<!\w)[\da-f]{{8}}(?:-[\da-f]{{4}}){{3}}-[\da-f]{{12}}(?!\w)            # a UUID, which stays as it is
    |(?<![^\W_]){_IDENTIFIER}                                                   # and so does this
    |(?<!\w)[+](?:{_BETWEEN}|[(\[]){{0,3}}(?P<abroad>\d+(?:(?:{_BETWEEN}|[(\[])+(?!{_IDENTIFIER})\d+)*)
    |(?<!\d)(?<!{_BULLET}{{3}})[(\[]?(?P<home>\d+(?:{_BETWEEN}+(?!{_IDENTIFIER})\d+)*{_EXPONENT})
    """
"""A number is read once, to its last digit, whatever becomes of it: time grows with the text, no faster."""

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_READABLE = rf"""(?xa)(?<![\d.\-/_'*])(?:
      (?:19|20)\d\d([\-./_])(?:0\d|1[0-2])\1(?:[0-2]\d|3[01])(?!\d)                       # a day
      |(?:[0-2]?\d|3[01])([\-./])(?:[0-2]?\d|3[01])\2(?:19|20)\d\d(?!\d|[.\-/]\d)
      |(?!\d\d(?:\.\d\d){{3}}(?!\d)){_OCTET}(?:\.{_OCTET}){{3}}(?!\d|[.\-]\d)               # an IP address
      |(?<!\d\W)(?:0|[1-9]\d?|[1-9]\d{{2,5}}(?=\.\d{{1,3}}(?!\d)))\.\d+(?!\d|{_BETWEEN}\d|[eE])    # a decimal
      |(?<!\d\W)[1-9]\d?(?:,\d{{3}}){{2}}(?:\.\d{{1,3}})?(?!\d|{_BETWEEN}\d)                    # a count
    )"""
_FEWEST_DIGITS = 7

_USER_ID = re.compile(r"([A-Z]{2}\.(?:ENT\.)?)[A-Za-z0-9]{1,128}")
_USER_ID_IN_TEXT = re.compile(
    r"(?<![\w.])[A-Z]{2}\."
    r"(?:ENT\.[A-Za-z0-9]{1,128}|[A-Za-z0-9]{8,128}|(?=[A-Za-z]*\d)[A-Za-z0-9]{4,7})(?!\w)"
)
_QUOTES = '\\"'
_SCHEME = re.compile(r"(?:[A-Za-z]{2,20}:)*")
_PREFIXED = re.compile(rf"(?<!\w)((?:messenger|whatsapp):)(\w[\w.\-]*)(?![\w.\-{_BULLET}])", re.IGNORECASE)
_LOCAL = rf"[^\s()<>\[\]:;,\"@\\{_BULLET}]"
_MAIL = (
    rf"""(?i)(?:(?<!{_LOCAL})({_LOCAL}+)|("(?:[^"\\\n]|\\.){{1,64}}\\?"))"""
    r"(?:@|[ ]{0,3}@[ ]{0,3}(?=[\w\-]+\.[^\W\d_]{2}))([^\W_](?:[\w\-.]*\w)?|\[[^\]\s]{1,64}\])"
)
"""A name is looked for once, from its first character, or from a quotation mark, and then within 64."""


def mask_address(address: str | None) -> str:
    """Mask a phone number, mail address, chat identity or prefixed address.

    What is masked follows from the form of the address alone, since no channel is known here:
    ``+13115552368`` becomes ``+1•••••2368``, a prefix such as ``whatsapp:`` stays, ``ada@example.com``
    becomes ``a•••@example.com``, ``whatsapp:US.13491208655302741918`` becomes ``whatsapp:US.•••918``, and of
    anything else two characters are left.

    :param address: the address as Twilio knows it; ``None`` reads as ``(none)``.
    """
    if not address:
        return "(none)"
    scheme = _SCHEME.match(address)
    prefix = scheme.group() if scheme else ""
    return f"{prefix}{_mask_bare(address[len(prefix) :])}"


def _mask_bare(bare: str) -> str:
    if found := _USER_ID.fullmatch(bare):
        last = bare[-3:] if found.end() - found.end(1) >= 8 else ""
        return f"{found.group(1)}•••{last}"
    if "@" in bare:
        name, _, domain = bare.rpartition("@")
        return f"{name.lstrip(_QUOTES)[:1]}•••@{domain}"
    if bare.startswith("+") and len(bare) > 8:
        return f"{bare[:2]}•••••{bare[-4 if len(bare) > 10 else -2 :]}"
    return f"{bare[:2]}•••"


def mask_text(text: str) -> str:
    """Mask every address inside a sentence that somebody else wrote, whatever form it has.

    These are phone numbers with a country code or without it, mail addresses, addresses of WhatsApp and
    Messenger, and user ids.

    :param text: for example the ``message`` of a Twilio error, which may quote the address.
    :returns: the text itself where nothing in it is masked; otherwise without encodings such as ``%20``.
    """
    plain = _plain(text)
    masked = re.sub(_MAIL, _mask_mail, _USER_ID_IN_TEXT.sub(lambda found: _mask_bare(found.group()), plain))
    masked = re.sub(_NUMBER, _mask_number, masked)
    masked = _PREFIXED.sub(lambda found: found.group(1) + _mask_bare(found.group(2)), masked)
    return text if masked == plain else masked


def masked_repr(value: object) -> str:
    """Quote a value in an error: a text or a number masked, and whatever else by its type.

    :param value: what a user gave for some argument, by mistake perhaps an address.
    """
    is_simple = value is None or isinstance(value, (str, bytes, Number, Decimal))
    return mask_text(repr(value)) if is_simple else type_of(value)


def type_of(value: object) -> str:
    """Say in words of which type a value is.

    :param value: what a user gave for some argument.
    """
    if hasattr(value, "iter_references"):  # Airflow's, and not a value yet
        return "the output of a task"
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _mask_mail(found: re.Match[str]) -> str:
    name = (found[1] or found[2]).lstrip("'")  # which may also stand around the address
    return "'" * found[0].index(name) + _mask_bare(f"{name}@{found[3]}")


def _plain(text: str) -> str:
    """Write a text as it is read: without encodings, and each character in its plainest form."""
    for _ in range(_MOST_ENCODINGS):
        before, text = text, re.sub(_ENCODED, _decoded, text)
        if text == before:
            break
    if text.isascii():
        return text
    return "".join(map(_plain_character, normalize("NFKC", text)))


def _decoded(found: re.Match[str]) -> str:
    whole = found.group()
    if found["url"]:
        plain = unquote(whole)
    elif found["entity"]:
        plain = html.unescape(whole)
    else:
        code = int(found["byte"] or found["short"] or found["long"] or "20", 16)
        plain = chr(code) if code <= sys.maxunicode else whole
    return " " if len(plain) == 1 and category(plain) == "Cc" else plain


def _plain_character(one: str) -> str:
    """Write a digit in a circle as a digit, and leave out what cannot be seen."""
    if one.isascii() or one.isalpha():
        return one
    kind = category(one)
    if kind in {"Cf", "Me"} or "\ufe00" <= one <= "\ufe0f":
        return ""
    return str(digit(one)) if kind == "No" and digit(one, None) is not None else one


def _mask_number(found: re.Match[str]) -> str:
    whole = found.group()
    if found["abroad"]:
        return _masked_abroad(found["abroad"], whole)
    if not found["home"]:
        return whole
    masked = _masked_run(found["home"])
    return masked if masked != found["home"] else whole


def _masked_run(run: str) -> str:
    """Mask what is between the readable parts."""
    made, place = [], 0
    for readable in re.finditer(_READABLE, run):
        made += [_masked_home(run[place : readable.start()]), readable.group()]
        place = readable.end()
    return "".join([*made, _masked_home(run[place:])])


def _masked_home(piece: str) -> str:
    """Mask a number without a country code."""
    core = re.search(r"\d(?:.*\d)?", piece)
    if core is None or len(_digits(core.group())) < _FEWEST_DIGITS:
        return piece
    number = core.group()
    if re.fullmatch(r"[1-9]\d* ?/ ?\d+", number):  # 1234/10000: so many of so many
        masked = "/".join(map(_masked_home, number.split("/")))
    else:
        masked = f"{_digits(number)[:2]}•••"
    return piece[: core.start()] + masked + piece[core.end() :]


def _masked_abroad(run: str, whole: str) -> str:
    """Mask a number with its country code, and what may follow after it."""
    for readable in re.finditer(_READABLE, run):
        if len(_digits(run[: readable.start()])) >= _FEWEST_DIGITS:
            return _masked_abroad(run[: readable.start()], whole) + _masked_run(run[readable.start() :])
    core = re.search(r"\d(?:.*\d)?", run)
    digits = _digits(run)
    if core is None or len(digits) < _FEWEST_DIGITS:
        return whole
    return mask_address(f"+{digits}") + run[core.end() :]


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


@contextmanager
def masked_exceptions() -> Iterator[None]:
    """Mask the addresses in an exception of somebody else's code, such as a user's function, as it passes.

    The exception keeps its traceback and its type, so that an ``except`` for it still catches it.
    """
    try:
        yield
    except Exception as error:
        passing: BaseException | None = error
        seen: set[int] = set()
        while passing is not None and id(passing) not in seen:
            seen.add(id(passing))
            passing.args = tuple(_masked_argument(one) for one in passing.args)
            passing = passing.__cause__ or passing.__context__
        if mask_text(str(error)) != str(error):
            raise RuntimeError(f"{type(error).__name__}: {mask_text(str(error))}") from None
        raise


def _masked_argument(given: object) -> object:
    if isinstance(given, (bool, type(None))):
        return given
    shown = str(given)
    masked = mask_text(shown)
    return given if masked == shown else masked
