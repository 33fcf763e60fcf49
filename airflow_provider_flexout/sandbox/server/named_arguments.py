"""Calling a method with arguments that a request names, which are checked before Python sees them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["call_with", "first_argument"]

_KINDS: Final = {
    "str": (str, "a text"),
    "bool": (bool, "true or false"),
    "Mapping[str, Any]": (dict, "an object"),
    "None": (type(None), "null"),
}
"""The annotations that are checked here, with JSON's words. Numbers and durations have rules of their own."""


def call_with(name: str, method: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    """Call a method.

    :param name: what the request calls it, for the error.
    :param method: the method.
    :param given: its arguments by name, as JSON holds them.
    :raises ValueError: for a name that it does not have, one that is missing, or a value of another kind.
    """
    known = inspect.signature(method).parameters
    unknown = sorted(given.keys() - known)
    if unknown:
        raise ValueError(f"{name} has no {', '.join(unknown)}; it takes {', '.join(known) or 'only true'}")
    missing = [each for each, one in known.items() if one.default is one.empty and each not in given]
    if missing:
        raise ValueError(f"{name} needs {', '.join(missing)}; it takes {', '.join(known)}")
    for each, value in given.items():
        _check_kind(each, value, str(known[each].annotation))
    return method(**given)


def first_argument(name: str, method: Callable[..., Any]) -> str:
    """Give the name of a method's first argument.

    :param name: what the request calls it, for the error.
    :param method: the method.
    :raises ValueError: if it takes none.
    """
    for each in inspect.signature(method).parameters:
        return each
    raise ValueError(f"{name} takes only true")


def _check_kind(name: str, value: object, annotation: str) -> None:
    wanted = [_KINDS[each] for each in annotation.split(" | ") if each in _KINDS]
    if len(wanted) == annotation.count(" | ") + 1 and not isinstance(value, tuple(one for one, _ in wanted)):
        raise ValueError(f"{name} is {' or '.join(word for _, word in wanted)}, not {value!r:.40}")
