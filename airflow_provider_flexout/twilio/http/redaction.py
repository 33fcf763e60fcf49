"""What of a customer may stand in a log or an error: enough to recognise, too little to contact.

A number is found by its digits alone, in any script and with any separators. Whatever else has seven digits
or more is masked as well, since what has been shown cannot be taken back. What people look for in a log stays
readable: SIDs, UUIDs, days, times, decimals and IP addresses.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HYPHENS = "\\-\u00ad\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d\u30fc\uff70"
_SPACES = " \u00a0\u1680\u2000-\u200f\u202a-\u202f\u205f-\u2064\u2066-\u2069\u3000\ufeff"
_BETWEEN = rf"{_HYPHENS}{_SPACES}.\u00b7\uff0e/\u2044\uff0f)\uff09"
"""What may stand between two digits of a number; copied text has invisible characters there."""
_ENCODED = r"%(?:20|2[89D-F]|C2%A0)|\\(?:xa0|xad|u20[0-9a-f]{2}|u3000|ufeff)"
"""The same in a URL, and as Python and JSON write what cannot be printed."""
_RUN = rf"\d(?:[\d{_BETWEEN}]|{_ENCODED})*"

_NUMBER = re.compile(
    rf"""
    (?<!\w)[\da-f]{{8}}(?:-[\da-f]{{4}}){{3}}-[\da-f]{{12}}(?!\w)    # a UUID, which stays as it is
    |(?:(?<!\w)[+\uff0b\ufe62]|%2B)[{_BETWEEN}(\uff08]{{0,3}}(?P<abroad>\d(?:[\d{_BETWEEN}(\uff08]|{_ENCODED})*)
    |(?:(?<![^\W_])(?<!•)|(?<=%[\da-f]{{2}}))(?P<word>[^\W\d_]{{0,20}})[(\uff08]?(?P<home>{_RUN})
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A number is read once, to its last digit, whatever becomes of it: time grows with the text, no faster."""

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_READABLE = re.compile(
    rf"""(?<![\d.\-/])(?:
      (?:19|20)\d\d([\-./])(?:0\d|1[0-2])\1(?:[0-2]\d|3[01])(?!\d)                        # a day
      |(?:[0-2]?\d|3[01])([\-./])(?:[0-2]?\d|3[01])\2(?:19|20)\d\d(?!\d|[.\-/]\d)
      |(?!\d\d(?:\.\d\d){{3}}(?!\d)){_OCTET}(?:\.{_OCTET}){{3}}(?!\d|[.\-]\d)               # an IP address
      |(?<!\d[{_BETWEEN}])(?:0|[1-9]\d{{0,5}})\.\d+(?!\d|[{_BETWEEN}]\d)                     # a decimal
    )""",
    re.VERBOSE | re.ASCII,
)
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15

_USER_ID = re.compile(r"([A-Z]{2}\.(?:ENT\.)?)[A-Za-z0-9]{1,128}")
_USER_ID_IN_TEXT = re.compile(
    r"(?:(?<![\w.])|(?<=%3A)|(?<=%3a))[A-Z]{2}\."
    r"(?:ENT\.[A-Za-z0-9]{1,128}|[A-Za-z0-9]{8,128}|(?=[A-Za-z]*\d)[A-Za-z0-9]{4,7})(?!\w)"
)
_QUOTES = '\\"'
_SCHEME = re.compile(r"(?:[A-Za-z]{2,20}:)*")
_PREFIXED = re.compile(r"(?<!\w)((?:messenger|whatsapp)(?::|%3A))(\w[\w.\-]*)(?![\w.\-•])", re.IGNORECASE)
_LOCAL = r"[\w.+\-!#$&'*/=?^`{|}~]"
_MAIL = re.compile(
    rf"""(?:(?<!{_LOCAL})({_LOCAL}+)|("(?:[^"\\\n]|\\.){{1,64}}\\?"))(?:[@\uff20]|%40)"""
    r"([\w\-]+(?:\.[\w\-]+)*|\[[^\]\s]{1,64}\])",
    re.IGNORECASE,
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
        return f"{bare[:2]}•••••{bare[-4:]}"
    return f"{bare[:2]}•••"


def mask_text(text: str) -> str:
    """Mask every address inside a sentence that somebody else wrote, whatever form it has.

    These are phone numbers with a country code or without it, mail addresses, addresses of WhatsApp and
    Messenger, and user ids.

    :param text: for example the ``message`` of a Twilio error, which may quote the address.
    """
    text = _USER_ID_IN_TEXT.sub(lambda found: _mask_bare(found.group()), text)
    text = _NUMBER.sub(_mask_number, text)
    text = _PREFIXED.sub(lambda found: found.group(1) + _mask_bare(found.group(2)), text)
    return _MAIL.sub(_mask_mail, text)


def masked_repr(value: object) -> str:
    """Write a value as Python does, with every address in it masked, for an error that quotes it.

    :param value: what a user gave for some argument, by mistake perhaps an address.
    """
    return mask_text(repr(value))


def _mask_mail(found: re.Match[str]) -> str:
    name = (found[1] or found[2]).lstrip("'")  # which may also stand around the address
    return "'" * (found[0].index(name) if name else 0) + _mask_bare(f"{name}@{found[3]}")


def _mask_number(found: re.Match[str]) -> str:
    whole = found.group()
    if found["abroad"]:
        return _masked_abroad(found["abroad"], whole)
    if not found["home"]:
        return whole
    run, glued = _cut_off_glued(found)
    word, first = found["word"], re.match(r"\d*", run)
    if word and first and first.end() > _MOST_DIGITS:  # a SID, or part of one
        word, run = word + first.group(), run[first.end() :]
    masked = _masked_run(run)
    return f"{word}{masked}{glued}" if masked != run else whole


def _cut_off_glued(found: re.Match[str]) -> tuple[str, str]:
    """Part the last digits from a run where letters follow, as in a SID; an extension (x55) is none."""
    run, rest = found["home"], found.string[found.end() : found.end() + 7]
    if not re.match(r"[^\W_]", rest) or re.match(r"x\d{1,5}(?!\w)", rest):
        return run, ""
    kept = len(run)
    while kept and run[kept - 1].isdecimal():
        kept -= 1
    return run[:kept], run[kept:]


def _masked_run(run: str) -> str:
    """Mask what is between the readable parts."""
    made, place = [], 0
    for readable in _READABLE.finditer(run):
        made += [_masked_home(run[place : readable.start()]), readable.group()]
        place = readable.end()
    return "".join([*made, _masked_home(run[place:])])


def _masked_home(piece: str) -> str:
    """Mask a number without a country code."""
    core = re.search(r"\d(?:.*\d)?", piece)
    if core is None or len(_digits(core.group())) < _FEWEST_DIGITS:
        return piece
    number = core.group()
    if number.count("/") == 1 and not re.search(r"^0|[-.)]", number):  # 1234/10000: so many of so many
        masked = "/".join(map(_masked_home, number.split("/")))
    else:
        masked = f"{_digits(number)[:2]}•••"
    return piece[: core.start()] + masked + piece[core.end() :]


def _masked_abroad(run: str, whole: str) -> str:
    """Mask a number with its country code, and what may follow after it."""
    for readable in _READABLE.finditer(run):
        if len(_digits(run[: readable.start()])) >= _FEWEST_DIGITS:
            return _masked_abroad(run[: readable.start()], whole) + _masked_run(run[readable.start() :])
    core = re.search(r"\d(?:.*\d)?", run)
    digits = _digits(run)
    if core is None or len(digits) < _FEWEST_DIGITS:
        return whole
    return mask_address(f"+{digits}") + run[core.end() :]


def _digits(text: str) -> str:
    """Give the digits of a text, without those that only encode a separator."""
    return "".join(filter(str.isdecimal, re.sub(_ENCODED, " ", text, flags=re.IGNORECASE)))


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
