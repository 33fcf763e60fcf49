"""Reading a list to its end. https://www.twilio.com/docs/usage/twilios-response#pagination."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final, TypeVar

from airflow_provider_flexout.twilio.http.errors import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Generator

    from airflow_provider_flexout.twilio.http.call import Call
    from airflow_provider_flexout.twilio.http.resource import Page

MAX_PAGES: Final = 20_000
"""Pages of a list that are read at most; twenty million items, at Twilio's largest page."""

T = TypeVar("T")
P = TypeVar("P", bound="Page[Any]")


def read_pages(call: Call[Page[T]]) -> Generator[Call[Page[T]], Page[T], list[T]]:
    """Read all items of a list, page by page, from the host of the first page.

    :param call: asks for the first page.
    """
    items: list[T] = []
    following: Call[Page[T]] | None = call
    while following is not None:
        page = yield following
        items += page.items
        following = next_page(following, page)
    return items


def next_page(call: Call[P], page: Page[Any]) -> Call[P] | None:
    """Describe the call for the page after this one; ``None`` at the end of the list.

    :param call: the call that asked for this page.
    :param page: the page.
    :raises ServiceUnavailable: when the page after this one was read before, or the list has no end.
    """
    following, number = page.next_page_path, call.pages_read + 1
    if not following:
        return None
    if following == call.landmark:
        raise ServiceUnavailable(call.name, "the list points back to a page that was read before")
    if number > MAX_PAGES:
        raise ServiceUnavailable(call.name, f"the list has more than {MAX_PAGES:,} pages")
    # Brent's way to find a cycle with one page remembered: the pages number 1, 2, 4, 8, ... in turn. A cycle
    # of any length comes back to one of them.
    landmark = following if number & (number - 1) == 0 else call.landmark
    return dataclasses.replace(call, path=following, query={}, pages_read=number, landmark=landmark)
