"""A workflow's configuration: its filters, and the targets that a task goes through in each.

https://www.twilio.com/docs/taskrouter/workflow-configuration
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.state.expressions import (
    ExpressionError,
    Junction,
    Path,
    parse,
    parse_operand,
)
from airflow_provider_flexout.sandbox.state.records import RoutingStep, Target
from airflow_provider_flexout.sandbox.wire.sids import is_sid

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from airflow_provider_flexout.sandbox.state.expressions import Expression

__all__ = [
    "WorkflowConfiguration",
    "WorkflowFilter",
    "order_of",
    "read_configuration",
]

_FILTER_KEYS: Final = frozenset({"filter_friendly_name", "friendly_name", "expression", "targets"})
_TARGET_KEYS: Final = frozenset(
    {
        *("queue", "expression", "priority", "timeout", "skip_if", "order_by"),
        *("known_worker_sid", "known_worker_friendly_name"),
    }
)
_LARGEST: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class WorkflowFilter:
    """Which tasks go through which targets."""

    expression: str
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class WorkflowConfiguration:
    """All filters, in order, and the target of the tasks that none of them takes."""

    filters: tuple[WorkflowFilter, ...] = ()
    default: Target | None = None

    def steps_for(self, attributes: Mapping[str, Any]) -> tuple[RoutingStep, ...]:
        """Return the targets that a task may come to, in order.

        It stays in the first filter that takes it, unless it skips all of that filter's targets.

        :param attributes: the task's, parsed.
        """
        steps = []
        for number, each in enumerate(self.filters):
            if parse(each.expression).matches({**attributes, "task": attributes}):
                age = 0.0
                for target in each.targets:
                    age += target.timeout or 0
                    steps.append(RoutingStep(target, number, None if target.timeout is None else age))
        if self.default is not None:
            steps.append(RoutingStep(self.default, -1, None))
        return tuple(steps)


@lru_cache(maxsize=256)
def read_configuration(text: str) -> WorkflowConfiguration:
    """Read a configuration.

    :param text: JSON text.
    :raises ValueError: if it is wrong, or has something that the sandbox does not know.
    """
    whole = _object("the configuration", json.loads(text))
    _check_keys("the configuration", whole, {"task_routing"})
    routing = _object("task_routing", whole.get("task_routing"))
    _check_keys("task_routing", routing, {"filters", "default_filter"})
    filters = tuple(
        _filter(f"filters[{number}]", each)
        for number, each in enumerate(_list("filters", routing.get("filters", [])))
    )
    default = routing.get("default_filter")
    if default is None:
        return WorkflowConfiguration(filters)
    return WorkflowConfiguration(filters, _target("default_filter", default, None))


def _filter(where: str, value: Any) -> WorkflowFilter:
    given = _object(where, value)
    _check_keys(where, given, _FILTER_KEYS)
    targets: list[Target] = []
    for number, each in enumerate(_list(f"{where}.targets", given.get("targets"))):
        previous = targets[-1].queue_sid if targets else None
        targets.append(_target(f"{where}.targets[{number}]", each, previous))
    if not targets:
        raise ValueError(f"{where} has no targets")
    expression = _expression(where, given, "expression")
    if not expression:
        raise ValueError(f"{where} has no expression")
    return WorkflowFilter(expression, tuple(targets))


def _target(where: str, value: Any, previous: str | None) -> Target:
    given = _object(where, value)
    _check_keys(where, given, _TARGET_KEYS)
    queue = given.get("queue", previous)
    if not is_sid(queue, "WQ"):
        raise ValueError(f"{where}.queue is not the SID of a queue")
    order = _text(where, given, "order_by")
    try:
        order_of(order)
    except ValueError as error:
        raise ValueError(f"{where}.order_by: {error}") from error
    return Target(
        str(queue),
        _expression(where, given, "expression"),
        _expression(where, given, "skip_if"),
        order,
        _known_worker(where, given, "known_worker_sid"),
        _known_worker(where, given, "known_worker_friendly_name"),
        _whole_number(where, given, "priority"),
        _whole_number(where, given, "timeout"),
    )


def order_of(text: str) -> tuple[tuple[Path, bool], ...]:
    """Read an ``order_by``: where the values are, and whether the largest comes first.

    :param text: such as ``worker.level DESC, worker.name``; empty for no order.
    :raises ValueError: if it is wrong.
    """
    order = []
    for part in filter(None, text.split(",")):
        name, _, direction = part.strip().partition(" ")
        path = parse_operand(name)
        if not isinstance(path, Path) or direction.strip().upper() not in {"", "ASC", "DESC"}:
            raise ValueError("write worker., an attribute, and ASC or DESC")
        order.append((path, direction.strip().upper() == "DESC"))
    return tuple(order)


def _expression(where: str, given: Mapping[str, Any], name: str) -> str:
    text = _text(where, given, name)
    if text:
        try:
            _check_known(parse(text))
        except ExpressionError as error:
            raise ValueError(f"{where}.{name} can't be read: {error}") from error
    return text


def _check_known(expression: Expression) -> None:
    """Refuse what an expression asks of the time: the sandbox does not have it."""
    if isinstance(expression, Junction):
        for each in expression.parts:
            _check_known(each)
        return
    for side in (expression.left, expression.right):
        if isinstance(side, Path) and side.parts[0] == "taskrouter":
            raise ExpressionError("the sandbox does not have taskrouter's dates and times")


def _known_worker(where: str, given: Mapping[str, Any], name: str) -> str:
    text = _text(where, given, name)
    if text:
        try:
            parse_operand(text)
        except ExpressionError as error:
            raise ValueError(f"{where}.{name} can't be read: {error}") from error
    return text


def _check_keys(where: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    unknown = sorted(given.keys() - set(known))
    if unknown:
        raise ValueError(f"the sandbox does not know {', '.join(unknown)} of {where}")


def _object(where: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is not an object")  # noqa: TRY004 - it becomes a 400
    return value


def _list(where: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{where} is not a list")  # noqa: TRY004 - it becomes a 400
    return value


def _text(where: str, given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{where}.{name} is not a string")
    return value or ""


def _whole_number(where: str, given: Mapping[str, Any], name: str) -> int | None:
    """Read a number, which configurations in use also write as a string."""
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < len(str(_LARGEST)):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise ValueError(f"{where}.{name} is not a whole number from 0 to {_LARGEST}")
    return value
