"""From a class's signature to what Airflow and the rules need to know of its arguments.

A class names its arguments in its signature, where editors and the reference show them. Its template fields
and their renderers are derived here; for the arguments of an outreach also assignment and the spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.values.spec import OutreachSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from airflow.sdk import BaseOperator

_FIELDS = OutreachSpec.__annotations__


def template_fields_of(
    init: Callable[..., None], *bases: type[BaseOperator], without: Collection[str] = ()
) -> tuple[str, ...]:
    """List the template fields of a class: all its arguments but switches, and what its bases render.

    :param init: the ``__init__`` of the class. What its annotation calls a ``bool`` is a switch, which is set
        where the DAG is written.
    :param bases: the bases whose template fields the class shares.
    :param without: arguments that are not rendered even so.
    """
    own = (name for name in _taken(init) if "bool" not in init.__annotations__[name])
    shared = (name for base in bases for name in base.template_fields)
    return tuple(name for name in dict.fromkeys((*own, *shared)) if name not in without)


def renderers_of(init: Callable[..., None], *bases: type[BaseOperator]) -> dict[str, str]:
    """Say which arguments Airflow's page of rendered templates shows as JSON: those that may be objects.

    :param init: the ``__init__`` of the class.
    :param bases: the bases whose template fields the class shares.
    """
    shown = {name: "json" for name in _taken(init) if "Mapping" in init.__annotations__[name]}
    return {name: how for base in bases for name, how in base.template_fields_renderers.items()} | shown


def keep_arguments(owner: object, arguments: Mapping[str, Any]) -> None:
    """Assign the arguments of an outreach as they were given; Airflow renders them later.

    :param owner: the operator or notifier.
    :param arguments: ``locals()`` of its ``__init__``.
    """
    for name in _FIELDS:
        if name in arguments:
            setattr(owner, name, arguments[name])


def outreach_arguments_of(init: Callable[..., None]) -> tuple[str, ...]:
    """List the arguments of an outreach that a class takes.

    :param init: the ``__init__`` of the class.
    """
    return tuple(name for name in _taken(init) if name in _FIELDS)


def spec_of(owner: object) -> OutreachSpec:
    """Fill the spec from an operator or notifier, once Airflow has rendered its templates.

    :param owner: the operator or notifier; what it does not take has the spec's default.
    """
    return OutreachSpec(**{name: value for name, value in vars(owner).items() if name in _FIELDS})


def _taken(init: Callable[..., None]) -> list[str]:
    code = init.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return [name for name in names if name != "self"]
