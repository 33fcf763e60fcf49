"""Whether an address is suppressed, according to a list, a database, or the user's own function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from airflow_provider_flexout.mixins.templates import WrappedFunction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Suppression: TypeAlias = Collection[str] | Mapping[str, Any] | Callable[[str], object]

_JUDGED = 1_000
"""How many entries of a list are read while a DAG is parsed, which happens again and again."""


def suppression_check(suppression: Suppression | WrappedFunction) -> Callable[[str], object]:
    """Make a function that tells whether an address is suppressed; it runs a query once, when first called.

    :param suppression: a list of addresses in any spelling; a query,
        ``{"conn_id": …, "sql": …, "parameters": …}``, whose first column holds addresses; or a function,
        which may be wrapped.
    :raises InvalidInput: when it is not one of these, or an entry cannot be read.
    """
    from airflow_provider_flexout.bulk.sources.sql import query_rows
    from airflow_provider_flexout.outreach.policies.address_list import is_listed

    if isinstance(suppression, WrappedFunction):
        return suppression.function
    if callable(suppression):
        return suppression
    if isinstance(suppression, Mapping):
        rows = query_rows("suppression", suppression)
        read = cache(lambda: is_listed(_first_column(rows)))
        return lambda address: read()(address)
    _check_list(suppression)
    return is_listed(suppression)


def check_suppression(suppression: Suppression | WrappedFunction) -> None:
    """Refuse anything but a suppression, as far as that can be told without a database.

    :param suppression: as for :func:`suppression_check`.
    :raises InvalidInput: when it is not one of these, or one of the first thousand entries cannot be read.
    """
    from airflow_provider_flexout.bulk.sources.sql import check_query
    from airflow_provider_flexout.outreach.policies.address_list import is_listed

    if isinstance(suppression, Mapping):
        check_query("suppression", suppression)
    elif not (isinstance(suppression, WrappedFunction) or callable(suppression)):
        _check_list(suppression)
        is_listed(list(islice(suppression, _JUDGED)))


def _check_list(suppression: object) -> None:
    from airflow_provider_flexout.outreach.errors import InvalidInput

    if isinstance(suppression, (str, bytes)) or not isinstance(suppression, Collection):
        raise InvalidInput("suppression", "must be a list of addresses, a query or a function.")
    if hasattr(suppression, "columns"):  # a data frame, whose elements are the names of its columns
        raise InvalidInput("suppression", "is a table; pass the column that holds the addresses.")


def _first_column(rows: Iterable[object]) -> Iterator[object]:
    from airflow_provider_flexout.bulk.sources.row import Row

    for row in rows:
        if isinstance(row, Row):
            yield next(iter(row.values.values()))
