"""Asking whether somebody is suppressed: of a list, of a database, or of the user's own function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from airflow.sdk import BaseHook

if TYPE_CHECKING:
    from collections.abc import Iterable

Suppression: TypeAlias = Collection[str] | Mapping[str, str] | Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Asked:
    """A function of the user's, wrapped: Airflow calls whatever it finds in a template field.

    :param function: is given an address.
    """

    function: Callable[[str], object]


def as_template_field(suppression: Suppression | None) -> Any:
    """Give what can stand in a template field, which a function cannot.

    :param suppression: the user's.
    """
    return Asked(suppression) if callable(suppression) else suppression


def question_of(suppression: Suppression | Asked) -> Callable[[str], object]:
    """Make the question whether an address is suppressed; a database is only asked with it.

    :param suppression: addresses in any spelling; a query, ``{"conn_id": …, "sql": …}``, the first column
        of which holds addresses; or a function, wrapped.
    :raises InvalidInput: when it is none of these.
    """
    from airflow_provider_flexout.outreach.errors import InvalidInput
    from airflow_provider_flexout.outreach.gates.suppression import is_listed

    if isinstance(suppression, Asked):
        return suppression.function
    if isinstance(suppression, Mapping):
        if set(suppression) != {"conn_id", "sql"}:
            raise InvalidInput("suppression", 'write a query as {"conn_id": …, "sql": …}.')
        return lambda address: is_listed(_query(**suppression))(address)
    if isinstance(suppression, str) or not isinstance(suppression, Collection):
        raise InvalidInput("suppression", "must be a list of addresses, a query or a function.")
    return is_listed(suppression)


def ask_once(suppression: Suppression) -> Callable[[str], object]:
    """Make the question for many addresses: a database is asked now, and not again.

    :param suppression: as of :func:`question_of`, a function not wrapped.
    :raises InvalidInput: when it is none of these.
    """
    from airflow_provider_flexout.outreach.gates.suppression import is_listed

    if isinstance(suppression, Mapping) and set(suppression) == {"conn_id", "sql"}:
        return is_listed(_query(**suppression))
    return question_of(as_template_field(suppression))


def _query(conn_id: str, sql: str) -> Iterable[Any]:
    """Give the first column; from any connection whose hook speaks SQL."""
    rows = BaseHook.get_hook(conn_id).get_records(sql)
    return [row[0] for row in rows or ()]
