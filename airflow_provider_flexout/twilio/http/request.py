"""A request, a response and a failure to get one, as values that belong to no HTTP library.

The transports write a :class:`Request` in their library's way. It is not httpx's own request, since that one
checks each character of its URL and headers. For a request that aiohttp sends, that is useless and costs a
fifth of the client's CPU. Bodies are decompressed here too, so that both transports have one limit.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


MAX_CONTENT: Final = 32 * 1024 * 1024
"""Bytes of a response's body, decompressed. Twilio's largest is a page of a thousand events of 10 KB each."""


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One request, percent-encoded, and not yet sent.

    :param method: the HTTP method.
    :param base_url: scheme and host, without a slash at the end.
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

    def header(self, name: str) -> str | None:
        """Give a header field; ``None`` where it is missing, or not ASCII and so not of Twilio's making.

        :param name: for example ``Date``.
        """
        value = self.headers.get(name)
        return value if value and value.isascii() else None


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


class ContentReader:
    """Puts a response's body together, decompresses it, and refuses one that is too large.

    The HTTP libraries decompress whole pieces, each of which may become a thousand times as large.

    :param encoding: the ``Content-Encoding`` header; ``None`` where there is none.
    :raises SendFailed: for an encoding that was not asked for.
    """

    def __init__(self, encoding: str | None) -> None:
        name = (encoding or "identity").strip().lower()
        if name not in {"identity", "gzip", "x-gzip"}:
            raise SendFailed("the body is encoded in a way that was not asked for", never_left=False)
        self._content = bytearray()
        gzip = zlib.MAX_WBITS | 16
        self._decompressor = None if name == "identity" else zlib.decompressobj(gzip)

    def add(self, piece: bytes) -> None:
        """Take the next piece as it came from the network.

        :raises SendFailed: when the body is too large, or is not compressed as its header says.
        """
        room = MAX_CONTENT + 1 - len(self._content)
        try:
            self._content += self._decompressor.decompress(piece, room) if self._decompressor else piece
        except zlib.error:
            raise SendFailed("the body cannot be decompressed", never_left=False) from None
        if len(self._content) > MAX_CONTENT:
            raise SendFailed(f"the body is larger than {MAX_CONTENT:,} bytes", never_left=False)

    def content(self) -> bytes:
        """Give the whole body."""
        return bytes(self._content)
