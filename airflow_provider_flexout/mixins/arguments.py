"""From a class's signature to what Airflow and the rules need of its arguments.

A class that takes arguments of an outreach names them in its signature, where editors and the reference
show them, and nowhere else: assignment, template fields, renderers and the spec are derived here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.interaction.spec import OutreachSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FIELDS = OutreachSpec.__dataclass_fields__


def templated_arguments(init: Callable[..., None]) -> tuple[str, ...]:
    """List the arguments of an outreach that are template fields.

    :param init: the ``__init__`` of the class, whose signature names those that it takes.
    """
    return tuple(name for name in _taken(init) if _FIELDS[name].metadata["templated"])


def json_arguments(init: Callable[..., None]) -> dict[str, str]:
    """List the arguments of an outreach that Airflow's page of rendered templates shows as JSON.

    :param init: the ``__init__`` of the class.
    """
    return {name: "json" for name in _taken(init) if _FIELDS[name].metadata["json"]}


def keep_arguments(owner: object, arguments: Mapping[str, Any]) -> None:
    """Assign the arguments of an outreach as they were given; Airflow renders them later.

    :param owner: the operator or notifier.
    :param arguments: ``locals()`` of its ``__init__``.
    """
    for name in _FIELDS:
        if name in arguments:
            setattr(owner, name, arguments[name])


def spec_of(owner: object) -> OutreachSpec:
    """Fill the spec from an operator or notifier, once Airflow has rendered its templates.

    :param owner: the operator or notifier; what it does not take has the spec's default.
    """
    return OutreachSpec(**{name: value for name, value in vars(owner).items() if name in _FIELDS})


def _taken(init: Callable[..., None]) -> list[str]:
    code = init.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return [name for name in names if name in _FIELDS]
