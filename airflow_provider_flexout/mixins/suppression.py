"""Asking whether somebody is suppressed: of a list, of a database, or of the user's own function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Suppression: TypeAlias = Collection[str] | Mapping[str, Any] | Callable[[str], object]


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

    :param suppression: addresses in any spelling; a query, ``{"conn_id": …, "sql": …}``, with ``parameters``
        where it has some, the first column of which holds addresses; or a function, wrapped.
    :raises InvalidInput: when it is none of these.
    """
    from airflow_provider_flexout.outreach.errors import InvalidInput
    from airflow_provider_flexout.outreach.policies.suppression import is_listed

    if isinstance(suppression, Asked):
        return suppression.function
    if isinstance(suppression, Mapping):
        _check_query(suppression)
        return lambda address: is_listed(_first_column(suppression))(address)
    if isinstance(suppression, str) or not isinstance(suppression, Collection):
        raise InvalidInput("suppression", "must be a list of addresses, a query or a function.")
    return is_listed(suppression)


def ask_once(suppression: Suppression) -> Callable[[str], object]:
    """Make the question for many addresses: a database is asked now, and not again.

    :param suppression: as of :func:`question_of`, a function not wrapped.
    :raises InvalidInput: when it is none of these.
    """
    from airflow_provider_flexout.outreach.policies.suppression import is_listed

    if isinstance(suppression, Mapping):
        _check_query(suppression)
        return is_listed(_first_column(suppression))
    return question_of(as_template_field(suppression))


def _check_query(query: Mapping[str, Any]) -> None:
    from airflow_provider_flexout.outreach.errors import InvalidInput

    if not {"conn_id", "sql"} <= set(query) <= {"conn_id", "sql", "parameters"}:
        raise InvalidInput("suppression", 'write a query as {"conn_id": …, "sql": …, "parameters": …}.')


def _first_column(query: Mapping[str, Any]) -> Iterator[object]:
    from airflow_provider_flexout.bulk.sources.row import Row
    from airflow_provider_flexout.bulk.sources.sql import QueryRows

    for row in QueryRows(**query):
        if isinstance(row, Row):
            yield next(iter(row.values.values()))
