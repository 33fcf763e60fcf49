"""One reading of what pandas and databases hand over, for campaigns, plans and operators.

A value that is missing is ``None``, whichever of its many forms it has. A number, a text and a truth value
are themselves, also numpy's. A ``Decimal``, a date, a time and a UUID are the text that Python writes for
them, which JSON can hold and a message can show; a ``Decimal`` keeps its last zeros so. Bytes are UTF-8.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

_MISSING = ("NaTType", "NAType")  # pandas', which need not be installed


def plain(value: Any) -> Any:
    """Read a value, and every value in a list or an object.

    :param value: anything; what is of none of these types is given as it is, for others to refuse.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    kind = type(value).__name__
    if kind in _MISSING or _is_nan(value):
        return None
    if isinstance(value, (Decimal, date, time, UUID)) or kind == "datetime64":
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return _text(value)
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(plain(one) for one in value)
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return plain(value.tolist())
    return value


def _is_nan(value: Any) -> bool:
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, float):
        return math.isnan(value)
    return type(value).__module__ == "numpy" and str(value) in ("nan", "NaT")


def _text(value: bytes | bytearray) -> str | bytes | bytearray:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value
