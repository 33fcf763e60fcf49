"""What goes over the wire: requests, responses and Twilio's error body, as plain values.

The sandbox itself never touches a socket. It turns an :class:`HttpRequest` into an :class:`HttpResponse`. A
shell (the server, or an adapter in a test) carries both, and does what the response asks for besides its
bytes: it waits, or closes the connection without sending anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ApiError",
    "ApiResponse",
    "HttpRequest",
    "HttpResponse",
    "compact",
    "encoded",
    "not_found",
    "parse_json",
    "read_pairs",
]


_MOST_DIGITS: Final = 308
_FORM: Final = "application/x-www-form-urlencoded"
_compact: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_compact_ascii: Final = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(slots=True)
class HttpRequest:
    """One HTTP request as the sandbox sees it.

    :param method: upper-case HTTP method.
    :param path: decoded path, beginning with a slash.
    :param query: raw query string, without the question mark.
    :param headers: header fields; names are folded to lower case.
    :param body: the raw body.
    :param scheme: ``http`` or ``https``, for the URLs in responses.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    scheme: str = "http"
    _form: list[tuple[str, str]] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.headers = {name.lower(): value for name, value in self.headers.items()}

    @property
    def base(self) -> str:
        """Scheme and host of the request, with which every URL in the response begins."""
        return f"{self.scheme}://{self.headers.get('host', 'localhost')}"

    def form(self) -> list[tuple[str, str]]:
        """Return the fields of a form body.

        :raises ValueError: if the body is something else.
        """
        if self._form is None:
            kind = self.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
            if self.body and kind != _FORM:
                raise ValueError(f"The body must be {_FORM}, not {kind}")
            self._form = read_pairs(self.body.decode())
        return self._form

    def json(self) -> dict[str, Any]:
        """Return the object of a JSON body.

        :raises ValueError: if the body is something else.
        """
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise ValueError(f"The body must be application/json, not {kind or 'of an unknown type'}")
        parsed = parse_json(self.body.decode())
        if not isinstance(parsed, dict):
            raise ValueError("The body must be a JSON object")  # noqa: TRY004
        return parsed


@dataclass(slots=True)
class HttpResponse:
    """What the shell must send.

    :param status: HTTP status.
    :param headers: header fields.
    :param body: the raw body.
    :param delay: seconds to wait before anything is sent.
    :param connection: ``closed`` means: close the connection and send no byte of this response.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    delay: float = 0.0
    connection: Literal["open", "closed"] = "open"

    def json(self) -> Any:
        """Return the body as parsed JSON."""
        return json.loads(self.body)


@dataclass(slots=True)
class ApiResponse:
    """What an operation returns, before it becomes bytes.

    :param body: JSON value, or the bytes of a file; None for an empty body.
    :param status: HTTP status.
    :param headers: header fields beyond the usual ones.
    """

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """An error that Twilio responds with.

    :param status: HTTP status.
    :param code: Twilio's error code.
    :param message: the sentence in the body.
    :param headers: header fields beyond the usual ones.
    """

    def __init__(self, status: int, code: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def response(self) -> ApiResponse:
        """Return the response, with Twilio's error body."""
        body = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        return ApiResponse(body, self.status, self.headers)


def not_found(path: str) -> ApiError:
    """Return the error for a resource that does not exist.

    :param path: the path that was asked.
    """
    return ApiError(404, 20404, f"The requested resource {path} was not found")


def compact(value: object) -> str:
    """Return a value as JSON without spaces, the way attributes are stored.

    :param value: anything JSON can hold.
    :raises ValueError: for a number that it cannot hold: one that is infinite, or none.
    """
    return _compact(value)


def parse_json(text: str) -> Any:
    """Read JSON, and refuse the numbers that it does not have: ``NaN``, ``Infinity``, and those beyond 1e308.

    So is half of a character, which a ``u`` escape can write and no response in UTF-8 can hold.

    :param text: JSON text.
    :raises ValueError: if it is something else.
    """
    parsed = json.loads(text, parse_constant=_refuse_number, parse_float=_finite, parse_int=_whole)
    if "\\ud" in text.lower():  # all others come in whole
        try:
            json.dumps(parsed, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("a \\u escape in it is half a character: write both halves") from None
    return parsed


def _refuse_number(text: str) -> Any:
    raise ValueError(f"{text} is not a number that JSON has")


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refuse_size(text)


def _whole(text: str) -> int:
    return int(text) if len(text) <= _MOST_DIGITS else _refuse_size(text)


def _refuse_size(text: str) -> Any:
    raise ValueError(f"{text[:20]}… is a number beyond 1e308")


def encoded(value: object) -> bytes:
    """Return a value as the bytes of a JSON body.

    :param value: anything JSON can hold.
    """
    return _compact_ascii(value).encode()


def read_pairs(text: str) -> list[tuple[str, str]]:
    """Return the names and values of URL-encoded text.

    :param text: a query string or a form.
    :raises ValueError: if it is not UTF-8.
    """
    return parse_qsl(text, keep_blank_values=True, errors="strict") if text else []
