"""What Twilio answers: lenient models that keep what they do not know."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

if TYPE_CHECKING:
    from datetime import datetime

T = TypeVar("T")


class Resource(BaseModel):
    """The body of a successful answer.

    Unknown fields are kept and every field may be missing: Twilio adds fields at will, and its
    samples leave some out.
    """

    model_config = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)

    _date: str | None = PrivateAttr(default=None)
    _etag: str | None = PrivateAttr(default=None)
    _queued_for: float = PrivateAttr(default=0.0)

    @property
    def served_at(self) -> datetime | None:
        """When Twilio answered, by its own clock (the ``Date`` header); ``None`` where it said nothing."""
        try:
            return parsedate_to_datetime(self._date) if self._date else None
        except ValueError:
            return None

    @property
    def etag(self) -> str | None:
        """Which version this is, for :meth:`Call.if_match`; ``None`` where Twilio said nothing."""
        return self._etag

    def attach_headers(self, date: str | None, etag: str | None = None) -> None:
        """Note when Twilio answered, and with which version.

        :param date: the ``Date`` header, by Twilio's clock.
        :param etag: the ``ETag`` header.
        """
        self._date, self._etag = date, etag

    @property
    def queued_for(self) -> float:
        """Seconds between asking for this and sending what was answered: for a turn, and for other tries."""
        return self._queued_for

    def attach_queue_time(self, seconds: float) -> None:
        """Note how long it took until what was answered was sent.

        :param seconds: since it was asked for.
        """
        self._queued_for = seconds

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Show the SID only: the rest may be somebody's address or words."""
        return [("sid", getattr(self, "sid", None))]


class NoContent(Resource):
    """The answer to a DELETE: HTTP 204, no body."""


class Meta(BaseModel):
    """The ``meta`` object of a list. https://www.twilio.com/docs/usage/twilios-response#pagination."""

    next_page_url: str | None = None


class Page(Resource, Generic[T]):
    """One page of a list; each list names its items after the resource."""

    items: list[T] = Field(default_factory=list)
    meta: Meta = Field(default_factory=Meta)

    _next_page_path: str | None = PrivateAttr(default=None)

    @property
    def next_page_path(self) -> str | None:
        """Path and query of the next page; ``None`` on the last."""
        return self._next_page_path

    def attach_next_page(self, next_page_path: str) -> None:
        """Note where the list goes on.

        :param next_page_path: path and query, without a host.
        """
        self._next_page_path = next_page_path


def json_object(text: str | None) -> dict[str, Any]:
    """Read one of Twilio's "attributes" strings; anything but a JSON object reads as empty.

    :param text: JSON in a string, for example ``'{"customerName": "Ada"}'``.
    """
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
