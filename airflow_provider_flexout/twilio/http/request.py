"""An HTTP request as a value, which each network writes in its own way, and what is read of an answer.

httpx's own request looks at every character of its URL and its headers, which for a request that aiohttp
sends is a fifth of the client's CPU, and for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One request, percent-encoded, and not yet sent.

    :param method: the HTTP method.
    :param host: scheme and host, perhaps with the beginning of a path, without a slash at the end.
    :param target: path and query.
    :param headers: all but those that belong to the connection.
    :param content: the body.
    """

    method: str
    host: str
    target: str
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def url(self) -> str:
        """The whole URL."""
        return self.host + self.target

    def as_httpx(self, timeout: Mapping[str, float] | None = None) -> httpx.Request:
        """Write it as httpx's.

        :param timeout: seconds, by httpx's names.
        """
        extensions: dict[str, Any] = {"timeout": dict(timeout)} if timeout else {}
        return httpx.Request(
            self.method,
            self.url,
            content=self.content or None,
            headers=dict(self.headers),
            extensions=extensions,
        )


class Response(Protocol):
    """What is read of an answer; httpx's own has all of it."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields, whichever way they are capitalized."""

    @property
    def content(self) -> bytes:
        """The whole body, decompressed."""


@dataclass(frozen=True, slots=True, repr=False)
class ReceivedResponse:
    """A :class:`Response`."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
