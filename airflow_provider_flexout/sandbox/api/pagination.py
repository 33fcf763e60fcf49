"""Pages of lists, with Twilio's ``meta`` block."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from airflow_provider_flexout.sandbox.wire.http import Answer
from airflow_provider_flexout.sandbox.wire.parameters import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from airflow_provider_flexout.sandbox.api.routes import Call

__all__ = ["page", "page_of", "size_of", "token_number"]

_T = TypeVar("_T")


def size_of(call: Call) -> int:
    """Return how many rows a page has, 50 unless the request says otherwise.

    :param call: the request.
    """
    return int(call.query.get("PageSize", 50))


def token_number(call: Call) -> int | None:
    """Return the number in a page token; None on the first page.

    :param call: the request.
    :raises TwilioError: 400/20001 for a token that was never given out.
    """
    token = call.query.get("PageToken")
    if token is None:
        return None
    number = str(token).removeprefix("PT")
    if not (token.startswith("PT") and number.isascii() and number.isdigit() and len(number) < 18):
        raise refused("PageToken", "not a token that was given out")
    return int(number)


def page(
    call: Call,
    key: str,
    rows: Iterable[_T],
    show: Callable[[_T], dict[str, Any]],
    mark: Callable[[_T], str],
) -> Answer:
    """Return one page of a list.

    :param call: the request.
    :param key: what the list is called in the answer.
    :param rows: the rows from where this page begins; only as many as needed are read.
    :param show: makes the JSON of a row.
    :param mark: makes the token for the page that begins after a row.
    """
    size = size_of(call)
    taken = list(islice(rows, size + 1))
    shown = taken[:size]
    number = call.query.get("Page", 0)
    filters = [pair for pair in call.pairs if pair[0] not in {"PageSize", "Page", "PageToken"}]

    def url(which: int, token: str | None) -> str:
        pairs = [*filters, ("PageSize", str(size)), ("Page", str(which))]
        if token is not None:
            pairs.append(("PageToken", token))
        return f"{call.base}{call.path}?{urlencode(pairs)}"

    meta = {
        "page": number,
        "page_size": size,
        "first_page_url": url(0, None),
        "previous_page_url": None,
        "url": url(number, call.query.get("PageToken")),
        "next_page_url": url(number + 1, mark(shown[-1])) if len(taken) > size else None,
        "key": key,
    }
    return Answer({key: [show(row) for row in shown], "meta": meta})


def page_of(call: Call, key: str, rows: Iterable[_T], show: Callable[[_T], dict[str, Any]]) -> Answer:
    """Return one page of rows that are all there and keep their order.

    :param call: the request.
    :param key: what the list is called in the answer.
    :param rows: all of them.
    :param show: makes the JSON of a row.
    """
    numbered = islice(enumerate(rows, 1), token_number(call) or 0, None)
    return page(call, key, numbered, lambda row: show(row[1]), lambda row: f"PT{row[0]}")
