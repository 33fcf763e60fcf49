"""What of a customer may stand in a log or an error: enough to recognise, too little to contact."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PHONE = re.compile(r"((?<!\w)[+\uff0b]|%2B)(\d[\d\-. ()]{5,18}\d)", re.IGNORECASE)
_NATIONAL = re.compile(
    r"""(?<!\w)(?:
      (?P<other>[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?!\w)    # a UUID
      |\d{4}-\d\d-\d\d(?!\d)                       # a day
      |(?:\d{1,3}\.){3}\d{1,3}(?![\d.\-])           # an IP address
      |\d{1,6}\.\d+(?!\w|[.\-\ ]\d))                # a decimal
      |\(?(?P<number>\d[\d\-.\ )]{5,22}\d(?!\w))
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_FEWEST_DIGITS = 7
_USER_ID = re.compile(r"([A-Z]{2}\.(?:ENT\.)?)[A-Za-z0-9]{8,128}")
_USER_ID_IN_TEXT = re.compile(rf"(?:(?<![\w.])|(?<=%3A)|(?<=%3a))(?=[\w.]*\d){_USER_ID.pattern}(?!\w)")
_PREFIXED = re.compile(r"(?<!\w)((?:messenger|whatsapp)(?::|%3A))(\w[\w.\-]*)(?![\w.\-•])", re.IGNORECASE)
_MAIL = re.compile(
    r"(?<![\w.+\-!#$&'*/=?^`{|}~])([\w.+\-!#$&'*/=?^`{|}~]+)(@|%40)([\w\-]+(?:\.[\w\-]+)*)", re.IGNORECASE
)
"""A name is looked for once, from its first character: any text takes a time in proportion to its length."""


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
    prefix, colon, bare = address.rpartition(":")
    return f"{prefix}{colon}{_mask_bare(bare)}"


def _mask_bare(bare: str) -> str:
    if found := _USER_ID.fullmatch(bare):
        return f"{found.group(1)}•••{bare[-3:]}"
    if "@" in bare:
        name, _, domain = bare.partition("@")
        return f"{name[:1]}•••@{domain}"
    if bare.startswith("+") and len(bare) > 8:
        return f"{bare[:2]}•••••{bare[-4:]}"
    return f"{bare[:2]}•••"


def mask_text(text: str) -> str:
    """Mask every address inside a sentence that somebody else wrote, whatever form it has.

    These are phone numbers with a country code or without it, mail addresses, addresses of WhatsApp and
    Messenger, and user ids. Other numbers of seven digits and more are masked too; SIDs, UUIDs, days,
    decimals and IP addresses are not.

    :param text: for example the ``message`` of a Twilio error, which may quote the address.
    """
    text = _USER_ID_IN_TEXT.sub(lambda found: _mask_bare(found.group()), text)
    text = _PHONE.sub(lambda found: mask_address("+" + found.group(2)), text)
    text = _NATIONAL.sub(_mask_national, text)
    text = _PREFIXED.sub(lambda found: found.group(1) + _mask_bare(found.group(2)), text)
    return _MAIL.sub(lambda found: mask_address(f"{found.group(1)}@{found.group(3)}"), text)


def _mask_national(found: re.Match[str]) -> str:
    digits = [one for one in found["number"] or "" if one.isdigit()]
    return f"{''.join(digits[:2])}•••" if len(digits) >= _FEWEST_DIGITS else found.group()


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
