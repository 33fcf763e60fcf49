"""One of Twilio's operations: its fields, the request that it handles, and the pages that it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlencode

from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse, not_found
from airflow_provider_flexout.sandbox.wire.parameters import Param, integer, invalid_parameter, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["ApiRequest", "Operation", "is_between", "page", "page_of", "paging", "token_number"]

_T = TypeVar("_T")


@dataclass(slots=True)
class ApiRequest:
    """A request as an operation receives it: routed, with its fields checked."""

    store: Store
    base: str
    path: str
    params: Mapping[str, str]
    form: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    json: Mapping[str, Any] = field(default_factory=dict)
    content: bytes = b""

    def not_found(self) -> ApiError:
        """Return the error for this path."""
        return not_found(self.path)


@dataclass(frozen=True, slots=True)
class Operation:
    """One of Twilio's operations.

    :param name: its operationId.
    :param method: HTTP method.
    :param path: path with named parts in braces.
    :param handler: handles it.
    :param form: the form fields.
    :param query: the query fields.
    :param public: whether it needs no credentials.
    :param absent: whether Twilio has it, and the sandbox does not.
    :param body: what a POST carries.
    """

    name: str
    method: str
    path: str
    handler: Callable[[ApiRequest], ApiResponse]
    form: Mapping[str, Param] = field(default_factory=dict)
    query: Mapping[str, Param] = field(default_factory=dict)
    public: bool = False
    absent: bool = False
    body: Literal["form", "json", "raw"] = "form"


def paging(most: int) -> dict[str, Param]:
    """Return the query fields of a list.

    :param most: the largest page.
    """
    return {
        "PageSize": Param(integer(1, most)),
        "Page": Param(integer(0)),
        "PageToken": Param(text(200)),
    }


def is_between(date: float, start: float | None, end: float | None) -> bool:
    """Tell whether a row's date is within ``StartDate`` and ``EndDate``, both of which count as within.

    Whole seconds are compared, as responses show them: a search by a date that was shown finds its row, and
    an end of 23:59:59 takes in the whole day, as Twilio's documents say.

    :param date: the row's.
    :param start: the first date; None for no limit.
    :param end: the last one; None for no limit.
    """
    return (start is None or int(start) <= int(date)) and (end is None or int(date) <= int(end))


def _size_of(request: ApiRequest) -> int:
    """Return how many rows a page has, 50 unless the request says otherwise.

    :param request: the request.
    """
    return int(request.query.get("PageSize", 50))


def token_number(request: ApiRequest) -> int | None:
    """Return the number in a page token; None on the first page.

    :param request: the request.
    :raises ApiError: 400/20001 for a token that was never given out.
    """
    token = request.query.get("PageToken")
    if token is None:
        return None
    number = str(token).removeprefix("PT")
    if not (token.startswith("PT") and number.isascii() and number.isdigit() and len(number) < 18):
        raise invalid_parameter("PageToken", "not a token that was given out")
    return int(number)


def page(
    request: ApiRequest,
    key: str,
    rows: Iterable[_T],
    show: Callable[[_T], dict[str, Any]],
    token_after: Callable[[_T], str],
) -> ApiResponse:
    """Return one page of a list.

    :param request: the request.
    :param key: what the list is called in the response.
    :param rows: the rows from where this page begins; only as many as needed are read.
    :param show: makes the JSON of a row.
    :param token_after: makes the token for the page that begins after a row.
    """
    size = _size_of(request)
    taken = list(islice(rows, size + 1))
    shown = taken[:size]
    number = request.query.get("Page", 0)
    filters = [pair for pair in request.pairs if pair[0] not in {"PageSize", "Page", "PageToken"}]

    def url(which: int, token: str | None) -> str:
        pairs = [*filters, ("PageSize", str(size)), ("Page", str(which))]
        if token is not None:
            pairs.append(("PageToken", token))
        return f"{request.base}{request.path}?{urlencode(pairs)}"

    meta = {
        "page": number,
        "page_size": size,
        "first_page_url": url(0, None),
        "previous_page_url": None,
        "url": url(number, request.query.get("PageToken")),
        "next_page_url": url(number + 1, token_after(shown[-1])) if len(taken) > size else None,
        "key": key,
    }
    return ApiResponse({key: [show(row) for row in shown], "meta": meta})


def page_of(
    request: ApiRequest, key: str, rows: Iterable[_T], show: Callable[[_T], dict[str, Any]]
) -> ApiResponse:
    """Return one page of rows that are all there and keep their order.

    :param request: the request.
    :param key: what the list is called in the response.
    :param rows: all of them.
    :param show: makes the JSON of a row.
    """
    numbered = islice(enumerate(rows, 1), token_number(request) or 0, None)
    return page(request, key, numbered, lambda row: show(row[1]), lambda row: f"PT{row[0]}")
