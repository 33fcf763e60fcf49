"""The models of what Twilio sends back. They are lenient and keep what they do not know."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, FailFast, Field, PrivateAttr

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ResponseInfo:
    """What is known of a response beside its body.

    :param date: the ``Date`` header, by Twilio's clock.
    :param etag: the ``ETag`` header.
    :param queued_for: seconds from asking for the resource until the request was sent that brought it:
        waiting for permits, and earlier attempts.
    :param next_page_path: path and query of a list's next page.
    :param rate_limit: the ``X-Rate-Limit`` headers: what is limited, how many requests of it, and how many of
        them are left.
    """

    date: str | None = None
    etag: str | None = None
    queued_for: float = 0.0
    next_page_path: str | None = None
    rate_limit: tuple[str, str, str] | None = None


class Resource(BaseModel):
    """The body of a successful response.

    Unknown fields are kept, and every field may be missing: Twilio adds fields at will, and its samples leave
    some out.
    """

    model_config = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)

    _info: ResponseInfo = PrivateAttr(default_factory=ResponseInfo)  # a default would be copied for each

    def attach(self, info: ResponseInfo) -> None:
        """Note what is known of the response beside its body.

        :param info: taken from the headers, and from the client's clock.
        """
        self._info = info

    @property
    def served_at(self) -> datetime | None:
        """When Twilio sent this, by its own clock (the ``Date`` header); ``None`` where it does not say."""
        return http_date(self._info.date)

    @property
    def etag(self) -> str | None:
        """Which version this is, for :meth:`Call.if_match`; ``None`` where Twilio does not say."""
        return self._info.etag

    @property
    def rate_limit(self) -> tuple[str, str, str] | None:
        """What is limited, how many requests of it, and how many are left; ``None`` if Twilio is silent."""
        return self._info.rate_limit

    @property
    def queued_for(self) -> float:
        """Seconds from asking for this until the request was sent that brought it."""
        return self._info.queued_for

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Show the SID only: the rest may be somebody's address or text."""
        return [("sid", getattr(self, "sid", None))]


class ResourceWithAttributes(Resource):
    """A resource that holds attributes of the user's own, as JSON.

    :param attributes: the JSON.
    """

    attributes: str | None = None

    @property
    def attribute_object(self) -> dict[str, Any]:
        """The attributes as an object; empty when they are missing or are not an object."""
        return json_object(self.attributes)


class NoContent(Resource):
    """The response to a DELETE: HTTP 204, no body."""


class Meta(BaseModel):
    """The ``meta`` object of a list. https://www.twilio.com/docs/usage/twilios-response#pagination."""

    next_page_url: str | None = None


ITEM_KEYS: Final = (
    "address_configurations",
    "channels",
    "compliance",
    "contents",
    "conversations",
    "data",
    "delivery_receipts",
    "events",
    "incoming_phone_numbers",
    "invites",
    "messages",
    "participants",
    "phone_numbers",
    "senders",
    "services",
    "task_queues",
    "tasks",
    "webhooks",
    "workers",
    "workflows",
)
"""The names under which Twilio's lists hold their items; each list has one of them."""


MAX_ITEMS: Final = 10_000
"""Items of a page that are read at most; Twilio's largest pages have a thousand."""


class Page(Resource, Generic[T]):
    """One page of a list."""

    items: Annotated[list[T], FailFast()] = Field(
        validation_alias=AliasChoices(*ITEM_KEYS), max_length=MAX_ITEMS
    )
    """Required. A body without them would read as "there is none", and the rules would then make one. Reading
    stops at the first item that cannot be read: the errors of a million of them would take gigabytes."""

    meta: Meta = Field(default_factory=Meta)

    @property
    def next_page_path(self) -> str | None:
        """Path and query of the next page; ``None`` on the last."""
        return self._info.next_page_path


def json_object(text: str | bytes | None) -> dict[str, Any]:
    """Read an error's body, or one of Twilio's "attributes" strings; anything but an object reads as empty.

    :param text: JSON in a string, for example ``'{"customerName": "Ada"}'``.
    """
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):  # the latter for what is nested a thousand times
        return {}
    return value if isinstance(value, dict) else {}


@lru_cache(maxsize=8)  # many responses come in one second
def http_date(text: str | None) -> datetime | None:
    """Read a date of HTTP's; ``None`` where there is none, or none that can be calculated with.

    :param text: a header field such as ``Date``.
    """
    try:
        date = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    # A date without a zone is not HTTP's; it may be two that a proxy has joined.
    return date if date and date.tzinfo and date.year < MAXYEAR else None
