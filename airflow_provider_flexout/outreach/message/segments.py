"""How many segments an SMS takes, by which it is billed.

Twilio's page: https://www.twilio.com/docs/glossary/what-sms-character-limit
"""

from __future__ import annotations

import math

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The characters of GSM 03.38, each of seven bits."""
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Those that take two places in it."""
_GSM, _UCS2 = (160, 153), (70, 67)
"""How many places one segment alone has, and each of several."""


def count_segments(text: str) -> int:
    """Count the segments of a text.

    A single character outside of GSM 03.38 turns the whole text into UCS-2, of which a segment holds fewer.
    The smart encoding of a Messaging Service may replace such characters, and is not known here.

    :param text: the text as it is sent.
    """
    if all(one in _BASIC or one in _EXTENDED for one in text):
        places, (alone, each) = len(text) + sum(one in _EXTENDED for one in text), _GSM
    else:
        places, (alone, each) = len(text.encode("utf-16-le")) // 2, _UCS2
    return 1 if places <= alone else math.ceil(places / each)
