"""One reading of what pandas and databases hand over, for campaigns, plans and operators.

A value that is missing is ``None``, whichever of its many forms it has. A number, a text and a truth value
are themselves, also numpy's. A ``Decimal``, a date, a time, a length of time, a pandas ``Period`` and a UUID
are the text that Python writes for them, which JSON can hold and a message can show; a ``Decimal`` keeps its
last zeros so. Bytes are UTF-8. Where a text is needed, a number is written as one, and whatever is neither is
refused: a truth value, a list, an object, infinity, bytes that are not UTF-8.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from numbers import Real
from typing import Any
from uuid import UUID

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import wrong_type

_MISSING = ("NaTType", "NAType")  # pandas', which need not be installed
_QUOTES = "'\"`"
_TOO_LARGE = 1e15
"""From here on, a float may have lost digits; no phone number is as long."""
_EXACT = ("float", "float64")
_LONGEST_KEY = 256
"""Characters of an ``idempotency_key``."""


def plain(value: Any) -> Any:
    """Read a value, and every value in a list or an object.

    :param value: anything; a value of any other type is given as it is, for others to refuse.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    kind = type(value).__name__
    if kind in _MISSING or _is_nan(value):
        return None
    if kind == "timedelta64":
        value = value.astype("timedelta64[us]").tolist()
    if isinstance(value, (Decimal, date, time, timedelta, UUID)) or kind in ("datetime64", "Period"):
        return _written(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _decoded(value)
    if isinstance(value, Mapping):
        return {plain(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(plain(one) for one in value)
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return _of_numpy(value)
    return value


def _of_numpy(value: Any) -> Any:
    read = value.tolist()
    if type(read) is not type(value):
        return plain(read)
    # A long double, for which Python has no type.
    return plain(float(value)) if isinstance(value, Real) else value


def _is_nan(value: Any) -> bool:
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, float):
        return math.isnan(value)
    return type(value).__module__ == "numpy" and str(value) == "NaT"


def _written(value: Any) -> Any:
    """Write a value as Python does; infinity, which cannot be sent, stays as it is."""
    if isinstance(value, timedelta):  # pandas' own would write itself otherwise
        return str(timedelta(value.days, value.seconds, value.microseconds))
    return value if isinstance(value, Decimal) and not value.is_finite() else str(value)


def decoded(value: Any) -> Any:
    """Read bytes as the text that they are, and leave whatever else there is.

    :param value: anything; bytes that are not UTF-8 are given as they are, for others to refuse.
    """
    return _decoded(value) if isinstance(value, (bytes, bytearray, memoryview)) else value


def _decoded(value: bytes | bytearray | memoryview) -> str | bytes | bytearray | memoryview:
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:
        return value


def read_text(argument: str, value: Any) -> str | None:
    """Read a text, of an argument or of a row.

    :param argument: the name of the argument or the column, for the error.
    :param value: what was given; a number is written as a text.
    :returns: the text; ``None`` where the value is missing.
    :raises InvalidInput: when it is neither a text nor a number, or holds what cannot be sent.
    """
    read = plain(value)
    check_characters(argument, read)
    if isinstance(read, str) and "\0" in read:
        raise InvalidInput(argument, "holds a NUL character.")
    if read is None or isinstance(read, str):
        return read
    if isinstance(read, bool) or not isinstance(read, (int, float)) or not math.isfinite(read):
        raise InvalidInput(argument, wrong_type(read))
    return str(read)


def user_key(kind: str, key: Any) -> str:
    """Make the key from the user's own ``idempotency_key``.

    :param kind: what it is a key of, one of :class:`~airflow_provider_flexout.outreach.durable.KeyKind`, so
        that a message and an interaction may share the text.
    :param key: 1 to 256 characters, for example ``2026-11-22-customer-17``; or a whole number, a date or
        whatever else a column of ids holds.
    :raises InvalidInput: when the text is empty or longer, or is not a text.
    """
    text = None if isinstance(plain(key), float) else read_text("idempotency_key", key)
    if text is None:
        raise InvalidInput("idempotency_key", wrong_type(key))
    if not text.strip():
        raise InvalidInput("idempotency_key", "empty; leave it out for one contact per task instance.")
    if len(text) > _LONGEST_KEY:
        raise InvalidInput("idempotency_key", f"{len(text)} characters; at most {_LONGEST_KEY} are allowed.")
    return durable.user_text_key(kind, text)


def check_characters(argument: str, value: object) -> None:
    """Refuse texts that are not UTF-8, also in a list or an object.

    :param argument: the name of the argument or the column, for the error.
    :param value: anything.
    :raises InvalidInput: for the first such text.
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            problem = "holds half of a surrogate pair, so it is not UTF-8."
            raise InvalidInput(argument, problem) from None
    elif isinstance(value, Mapping):
        for name, one in value.items():
            check_characters(argument, name)
            check_characters(argument, one)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            check_characters(argument, one)


def readable(value: Any) -> Any:
    """Write texts, and the bytes of texts, without what UTF-8 does not have, also in a list or an object.

    :param value: anything; what is no text is given as it is.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode(errors="replace").replace("\0", "\ufffd")
    if isinstance(value, str):
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        return {readable(name): readable(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(map(readable, value))
    return value


def entry_text(entry: object) -> str:
    """Write an entry of people's own lists as text, without what cannot be seen in it; empty for nobody.

    :param entry: what somebody has typed, pasted or exported.
    :raises ValueError: for what can be no address.
    """
    value = plain(entry)
    if value is None:
        return ""
    kind = type(entry).__name__
    if isinstance(value, str) and not isinstance(entry, (date, time)) and kind != "datetime64":
        text = value
        if not text.isascii():
            marked = unicodedata.normalize("NFKC", text)
            text = "".join(one for one in marked if unicodedata.category(one) != "Cf")
        return text.strip().strip(_QUOTES).strip()
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if isinstance(value, float) and kind in _EXACT and _is_whole(value):
        return f"{value:.0f}"
    raise ValueError(f"is {'an' if kind[0] in 'aeiou' else 'a'} {kind}, not an address")


def _is_whole(value: float) -> bool:
    return value.is_integer() and 0 <= value < _TOO_LARGE
