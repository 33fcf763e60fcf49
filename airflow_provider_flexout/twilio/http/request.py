"""A request, a response and a failure to get one, as values that belong to no HTTP library.

The transports write a :class:`Request` in their library's way. It is not httpx's own request, since that one
checks each character of its URL and headers, which for a request that aiohttp sends is a fifth of the
client's CPU and of no use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One request, percent-encoded, and not yet sent.

    :param method: the HTTP method.
    :param base_url: scheme and host, perhaps with the beginning of a path, without a slash at the end.
    :param target: path and query.
    :param headers: all header fields but those that belong to the connection.
    :param content: the body.
    """

    method: str
    base_url: str
    target: str
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def url(self) -> str:
        """The whole URL."""
        return self.base_url + self.target


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """What came back, read to its end.

    :param status: the HTTP status.
    :param headers: the header fields, which are found whichever way they are capitalized.
    :param content: the whole body, decompressed.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes = b""


class SendFailed(Exception):
    """No response came back.

    :param reason: what went wrong. It holds no path and no query, since these may hold an address.
    :param never_left: true when no byte of the request can have reached Twilio, so that sending it again is
        safe. False when nobody knows whether the request took effect.
    """

    def __init__(self, reason: str, *, never_left: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.never_left = never_left
