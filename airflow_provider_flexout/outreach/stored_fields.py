"""Fields of what is stored at Twilio, where anybody may have changed it: each is of its type, or is refused.

A :class:`ValueError` names the field, and not what stands there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_A_DAY = 86_400


def text_in(stored: Mapping[str, Any], name: str) -> str | None:
    """Give a text, or ``None`` where there is none.

    :param stored: the object.
    :param name: the field's.
    :raises ValueError: when it is anything else.
    """
    value = stored.get(name)
    if not (value is None or isinstance(value, str)):
        raise ValueError(f'"{name}" is not a text')
    return value


def scalar_in(stored: Mapping[str, Any], name: str) -> str:
    """Give a text, a number or ``None`` as a text.

    :param stored: the object.
    :param name: the field's.
    :raises ValueError: when it is anything else.
    """
    value = stored.get(name)
    if not (value is None or isinstance(value, (str, int, float))):
        raise ValueError(f'"{name}" is not a text')
    return str(value)


def mapping_in(stored: Mapping[str, Any], name: str, default: Mapping[str, Any] | None = None) -> Any:
    """Give an object, or the default where there is none.

    :param stored: the object that it is in.
    :param name: the field's.
    :param default: what stands for none.
    :raises ValueError: when it is anything else.
    """
    value = stored.get(name)
    if not (value is None or isinstance(value, dict)):
        raise ValueError(f'"{name}" is not an object')
    return default if value is None else value


def texts_in(stored: Mapping[str, Any], name: str) -> Mapping[str, str | None] | None:
    """Give an object of texts, or ``None`` where there is none.

    :param stored: the object that it is in.
    :param name: the field's.
    :raises ValueError: when it, or one of its fields, is anything else.
    """
    texts = mapping_in(stored, name)
    return texts and {each: text_in(texts, each) for each in texts}


def seconds_in(stored: Mapping[str, Any], name: str) -> float:
    """Give a number of seconds, up to a day, also a negative one; 0 where there is none.

    A lease that was given back has a negative number.

    :param stored: the object.
    :param name: the field's.
    :raises ValueError: when it is anything else.
    """
    value = stored.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -_A_DAY <= value <= _A_DAY:
        raise ValueError(f'"{name}" is not a number of seconds, up to a day')
    return float(value)
