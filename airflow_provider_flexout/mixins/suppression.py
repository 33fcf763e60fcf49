"""Whether an address is suppressed, according to a list, a database, or the user's own function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Set
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Suppression: TypeAlias = Collection[str] | Mapping[str, Any] | Callable[[str], object]


_JUDGED = 1_000
"""How many entries of a list are read while a DAG is parsed, which happens again and again."""


class WrappedFunction:
    """A user's function in a template field, where Airflow would call a bare function.

    :param function: the function, which takes an address, or the values of a row.
    """

    def __init__(self, function: Callable[[Any], object]) -> None:
        self.function = function

    def __repr__(self) -> str:
        """Name the function, without an address in memory.

        Airflow writes this into the serialized DAG, so an address would make every parse a new DAG version.
        """
        return f"<function {getattr(self.function, '__qualname__', type(self.function).__qualname__)}>"


def as_template_field(given: object) -> Any:
    """Make what can stand in a template field: a function is wrapped, and a set becomes a list in order.

    Airflow writes the field into the serialized DAG, and the order of a set differs between processes, so
    each parse would make a new DAG version. Anything else stays as it is.

    :param given: what the user gave.
    """
    if isinstance(given, Set):
        return sorted(given, key=str)
    return WrappedFunction(given) if callable(given) else given


def suppression_check(suppression: Suppression | WrappedFunction) -> Callable[[str], object]:
    """Make a function that tells whether an address is suppressed; it runs a query once, when first called.

    :param suppression: a list of addresses in any spelling; a query,
        ``{"conn_id": …, "sql": …, "parameters": …}``, whose first column holds addresses; or a function,
        which may be wrapped.
    :raises InvalidInput: when it is none of these, or an entry cannot be read.
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
    :raises InvalidInput: when it is none of these, or one of the first thousand entries cannot be read.
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
