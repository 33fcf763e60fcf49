"""What of a customer may stand in a log or an error: enough to recognise, too little to contact."""

from __future__ import annotations

import re

_PHONE = re.compile(r"((?<!\w)\+|%2B)(\d[\d\-. ()]{5,18}\d)", re.IGNORECASE)
_USER_ID = re.compile(r"([A-Z]{2}\.(?:ENT\.)?)[A-Za-z0-9]{8,128}")
_MAIL = re.compile(r"(?<![\w.+\-])([\w.+\-]+)(@|%40)([\w\-]+(?:\.[\w\-]+)+)", re.IGNORECASE)
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
    """Mask every phone number and mail address inside a sentence that somebody else wrote.

    :param text: for example the ``message`` of a Twilio error, which may quote the address.
    """
    text = _PHONE.sub(lambda found: mask_address("+" + found.group(2)), text)
    return _MAIL.sub(lambda found: mask_address(f"{found.group(1)}@{found.group(3)}"), text)
