"""Checks of arguments that are the same for every kind of value, and what errors say of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any, SupportsFloat, TypeGuard
from unicodedata import category

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.http.redaction import mask_address, mask_text, masked_repr, type_of

if TYPE_CHECKING:
    from collections.abc import Iterable


_WHOLE = re.compile(r"-?[0-9]{1,18}")


def check_given(argument: str, value: object) -> None:
    """Refuse a value that another task should have provided, and did not.

    :param argument: the name of the argument, for the error.
    :param value: what was given; a template renders a missing XCom as the text ``None``.
    :raises InvalidInput: when there is none.
    """
    if value in (None, "", "None"):
        raise InvalidInput(argument, "missing; did the task that it comes from run and push its XCom?")


def wrong_type(value: object, likely: str | None = None) -> str:
    """Say which type was given in place of a text, the number itself masked.

    :param value: what was given.
    :param likely: what was probably meant, in a form that may be shown.
    """
    return f"{_got(value)}; did you mean {likely!r}?" if likely else f"{_got(value)}; a text is needed."


def is_number(value: object) -> TypeGuard[SupportsFloat]:
    """Say whether a value is a number of any library; a truth value is none.

    :param value: anything.
    """
    return isinstance(value, (Real, Decimal)) and not isinstance(value, bool)


def _got(value: object) -> str:
    return f"got {type_of(value)}" + (f" ({mask_address(str(value))})" if is_number(value) else "")


def check_text(argument: str, value: object) -> None:
    """Refuse what is neither a text nor a number; a number is written as text.

    :param argument: the name of the argument, for the error.
    :param value: what was given; ``None`` where it was left out.
    :raises InvalidInput: naming the type.
    """
    if value is not None and (isinstance(value, bool) or not isinstance(value, (str, int, float))):
        raise InvalidInput(argument, wrong_type(value))


def check_flag(argument: str, value: object, *, optional: bool = False) -> None:
    """Refuse what is neither true nor false, such as the text ``"no"``, which Python takes for true.

    :param argument: the name of the argument, for the error.
    :param value: what was given.
    :param optional: whether it may be ``None``.
    :raises InvalidInput: with what was given.
    """
    if not isinstance(value, bool) and not (optional and value is None):
        raise InvalidInput(argument, f"must be True or False, got {masked_repr(value)}.")


def check_choice(argument: str, value: object, choices: Iterable[str]) -> None:
    """Refuse what is not one of a few texts.

    :param argument: the name of the argument, for the error.
    :param value: what was given.
    :param choices: what is allowed.
    :raises InvalidInput: naming what is allowed.
    """
    allowed = tuple(choices)
    if not isinstance(value, str):
        raise InvalidInput(argument, f"{_got(value)}, which is not one of {', '.join(allowed)}.")
    if value not in allowed:
        raise InvalidInput(argument, f"{masked_repr(value)} is not one of {', '.join(allowed)}.")


def listed_columns(names: Iterable[object]) -> str:
    """List the columns of rows for an error, but not values that stand there because the header is missing.

    :param names: the columns.
    """
    shown = [str(name) for name in names]
    if any(mask_text(name) != name for name in shown):
        return f"{len(shown)} that look like a contact's own values: is the header missing"
    return ", ".join(map(repr, shown)) or "none at all"


def check_one_line(argument: str, value: str | None) -> None:
    """Refuse a text that would end the line of a mail's header, and so let it add headers of its own.

    :param argument: the name of the argument, for the error.
    :param value: a subject, or the name beside a mail address.
    :raises InvalidInput: for a line break or another control character.
    """
    if value and any(category(one) in {"Cc", "Zl", "Zp"} for one in str(value)):
        raise InvalidInput(
            argument, "holds a line break or another control character; in a mail it must be one line."
        )


def whole_number(value: object) -> int | None:
    """Read a whole number, which a template may have turned into text; ``None`` for what is not one.

    :param value: what was given. Digits are 0 to 9, since ``int`` also takes those of other scripts, and
        other functions count a superscript among them; there are at most 18.
    """
    text = "" if isinstance(value, bool) else str(value).strip()
    return int(text) if _WHOLE.fullmatch(text) else None


def read_whole(argument: str, value: object) -> int:
    """Read a whole number above zero, which may be written as text.

    :param argument: the name of the argument, for the error.
    :param value: what was given.
    :raises InvalidInput: when it is not one.
    """
    number = whole_number(value)
    if number is None or number < 1:
        raise InvalidInput(argument, f"{masked_repr(value)} is not a whole number above zero.")
    return number


def check_object(argument: str, value: object, example: str = "{'order': 4711}") -> None:
    """Refuse what is not an object, such as the text that a template has rendered.

    :param argument: the name of the argument, for the error.
    :param value: what was given.
    :param example: what would be right.
    :raises InvalidInput: when it is not an object.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput(argument, f"must be an object, as in {example}, got {type(value).__name__}.")


def text_of(participant: Mapping[str, Any], key: str, argument: str) -> str:
    """Read a required field of a participant.

    :param participant: one of the ``participants``.
    :param key: the field.
    :param argument: the operator's name for the field.
    :raises InvalidInput: when it is missing, or not a text.
    """
    value = participant.get(key)
    if value is not None and not isinstance(value, str):
        raise InvalidInput(argument, wrong_type(value))
    if not value:
        raise InvalidInput(argument, f"a participant needs {key!r}, a text.")
    return value


def count_of(number: int, noun: str) -> str:
    """Write a number and what it counts, as in ``1 contact`` and ``2,000 contacts``.

    :param number: how many there are.
    :param noun: what they are, in the singular; its plural ends in s.
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
