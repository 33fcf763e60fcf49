"""Pages of lists, with Twilio's ``meta`` block."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from airflow_provider_flexout.sandbox.api.routes import ApiRequest

__all__ = ["page", "page_of", "size_of", "token_number"]

_T = TypeVar("_T")


def size_of(request: ApiRequest) -> int:
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
    token: Callable[[_T], str],
) -> ApiResponse:
    """Return one page of a list.

    :param request: the request.
    :param key: what the list is called in the answer.
    :param rows: the rows from where this page begins; only as many as needed are read.
    :param show: makes the JSON of a row.
    :param token: makes the token for the page that begins after a row.
    """
    size = size_of(request)
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
        "next_page_url": url(number + 1, token(shown[-1])) if len(taken) > size else None,
        "key": key,
    }
    return ApiResponse({key: [show(row) for row in shown], "meta": meta})


def page_of(
    request: ApiRequest, key: str, rows: Iterable[_T], show: Callable[[_T], dict[str, Any]]
) -> ApiResponse:
    """Return one page of rows that are all there and keep their order.

    :param request: the request.
    :param key: what the list is called in the answer.
    :param rows: all of them.
    :param show: makes the JSON of a row.
    """
    numbered = islice(enumerate(rows, 1), token_number(request) or 0, None)
    return page(request, key, numbered, lambda row: show(row[1]), lambda row: f"PT{row[0]}")
