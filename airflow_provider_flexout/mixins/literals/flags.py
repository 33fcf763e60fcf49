"""The arguments that are true or false: they are no template fields, so each is known where it is given."""

from __future__ import annotations

import inspect
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.values.arguments import check_flag

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE = f"{__name__.partition('.')[0]}."


def check_flags(kind: type[Any], arguments: Mapping[str, Any]) -> None:
    """Refuse a text, a number and whatever else is neither true nor false.

    :param kind: the class of the operator.
    :param arguments: what is given, by the names of arguments or of the attributes that hold them.
    :raises InvalidInput: for the first that is wrong.
    """
    attributes = {argument: field for field, argument in kind.arguments_of_fields.items()}
    for name, optional in flags_of(kind).items():
        for place in {name, attributes.get(name, name)} & arguments.keys():
            check_flag(name, arguments[place], optional=optional)


@cache
def flags_of(kind: type[Any]) -> dict[str, bool]:
    """List the arguments of our classes that are true or false, and of each whether it may be ``None``.

    :param kind: the class of the operator, or a user's own class below it.
    """
    found = {}
    for one in kind.__mro__:
        if one.__module__.startswith(_PACKAGE) and "__init__" in vars(one):
            for name, parameter in inspect.signature(vars(one)["__init__"]).parameters.items():
                if parameter.annotation in ("bool", "bool | None"):
                    found[name] = parameter.annotation != "bool"
    return found
