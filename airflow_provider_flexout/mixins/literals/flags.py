"""The arguments that are true or false: they are not template fields, so each is known if it is given."""

from __future__ import annotations

import inspect
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.values.arguments import check_flag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.mixins.templates import TemplateFieldsMixin

_PACKAGE = f"{__name__.partition('.')[0]}."


def check_flags(kind: type[TemplateFieldsMixin], arguments: Mapping[str, Any]) -> None:
    """Refuse anything that is neither true nor false, such as a text or a number.

    :param kind: the class of the operator.
    :param arguments: what is given, by the names of arguments or of the attributes that hold them.
    :raises InvalidInput: for the first that is wrong.
    """
    attributes = {argument: field for field, argument in kind.arguments_of_fields.items()}
    # mypy takes the __hash__ of instances for that of the class.
    for name, optional in flags_of(kind).items():  # type: ignore[arg-type]
        for place in {name, attributes.get(name, name)} & arguments.keys():
            check_flag(name, arguments[place], optional=optional)


@cache
def flags_of(kind: type[TemplateFieldsMixin]) -> dict[str, bool]:
    """List the arguments of our classes that are true or false, and whether each may be ``None``.

    :param kind: the class of the operator, or a user's own class below it.
    """
    found = {}
    for one in kind.__mro__:
        if one.__module__.startswith(_PACKAGE) and "__init__" in vars(one):
            for name, parameter in inspect.signature(vars(one)["__init__"]).parameters.items():
                if parameter.annotation in ("bool", "bool | None"):
                    found[name] = parameter.annotation != "bool"
    return found
