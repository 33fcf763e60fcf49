"""A call is a value: one request to Twilio, described and not yet sent.

A call says what is sent, what comes back, and what sending it twice would do. It knows no network, no
credentials and no retries, so that rules can be written, run and stopped without any of these.

A procedure is a generator of calls (what the field calls sans-I/O): it yields what it wants sent, and gets
the resource back, or the error thrown into it. :class:`~airflow_provider_flexout.twilio.http.client.Client`
and ``AsyncClient`` carry procedures out.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import quote

from airflow_provider_flexout.twilio.http.resource import Resource

Product: TypeAlias = Literal[
    "api", "flex-api", "conversations", "taskrouter", "oauth", "content", "mcs", "messaging", "studio"
]
ResourceT = TypeVar("ResourceT", bound=Resource, covariant=True)
T = TypeVar("T")


class RetrySafety(enum.Enum):
    """What sending a request a second time would do, in the words of RFC 9110, section 9.2."""

    SAFE = "safe"
    """It only reads."""

    IDEMPOTENT = "idempotent"
    """A second request changes nothing that anybody notices: Twilio refuses it, or sets the same values."""

    NON_IDEMPOTENT = "non-idempotent"
    """A second request can reach a customer or an agent a second time."""


@dataclass(frozen=True, slots=True)
class Call(Generic[ResourceT]):
    """One request to Twilio, described and not yet sent.

    :param name: Twilio's name of the operation, as in its OpenAPI documents.
    :param product: the part of Twilio that serves it; the first label of its host.
    :param method: the HTTP method.
    :param path: the path with its parameters filled in, percent-encoded.
    :param resource: the model of the response's body.
    :param retry_safety: whether the call may be sent again when its outcome is unknown.
    :param form: the form fields, without those that are ``None``. A tuple stands for a field that is
        repeated, once for each of its texts.
    :param query: the query parameters, without those that are ``None``.
    :param headers: header fields beside the usual ones.
    :param content: a body that is no form. Its ``Content-Type`` is among the headers.
    :param start_within: no attempt starts later than this many seconds after the first. ``None`` leaves it to
        the client.
    :param pages_read: how many pages of a list were read before this one.
    :param landmark: the path of one of them, by which an endless list is recognized.
    """

    name: str
    product: Product
    method: Literal["GET", "POST", "DELETE"]
    path: str
    resource: type[ResourceT]
    retry_safety: RetrySafety
    form: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    start_within: float | None = None
    pages_read: int = 0
    landmark: str | None = None

    def __repr__(self) -> str:
        """Name the call without its values, which may be a customer's address or text."""
        return f"<Call {self.name} {self.method} {self.product}>"

    def if_match(self, etag: str | None) -> Call[ResourceT]:
        """Give the same call under the condition that what it changes is still what was read.

        :param etag: the ``ETag`` of what was read; ``None`` for no condition.
        """
        return dataclasses.replace(self, headers={**self.headers, "If-Match": etag}) if etag else self

    def within(self, seconds: float) -> Call[ResourceT]:
        """Give the same call with a limit: no attempt starts later than ``seconds`` after the first.

        :param seconds: the limit, which replaces that of the client.
        """
        return dataclasses.replace(self, start_within=seconds)


@dataclass(frozen=True, slots=True)
class Sleep:
    """A step in which nothing is sent.

    :param seconds: how long to wait.
    """

    seconds: float


Procedure: TypeAlias = Generator[Call[Any] | Sleep, Any, T]
"""A generator that yields calls and sleeps, is sent the resources, and returns its result.

When a call fails, its :class:`~airflow_provider_flexout.twilio.http.errors.TwilioError` is thrown into the
generator.
"""


def read(
    name: str, product: Product, path: str, resource: type[ResourceT], **query: str | int | None
) -> Call[ResourceT]:
    """Describe a GET.

    :param name: Twilio's name of the operation.
    :param product: the part of Twilio that serves it.
    :param path: the path, see :func:`path`.
    :param resource: the model of the response's body.
    :param query: the query parameters; those that are ``None`` are left out.
    """
    return Call(name, product, "GET", path, resource, RetrySafety.SAFE, query=_present(query))


def write(
    name: str,
    product: Product,
    path: str,
    resource: type[ResourceT],
    form: Mapping[str, Any],
    retry_safety: RetrySafety,
) -> Call[ResourceT]:
    """Describe a POST.

    :param name: Twilio's name of the operation.
    :param product: the part of Twilio that serves it.
    :param path: the path, see :func:`path`.
    :param resource: the model of the response's body.
    :param form: the form fields; those that are ``None`` are left out. Objects are written as JSON in a
        string, which is how Twilio takes them. A tuple of texts is written as one field each.
    :param retry_safety: what sending it a second time would do.
    """
    repeated = {field: value for field, value in form.items() if isinstance(value, tuple)}
    single = {field: value for field, value in form.items() if field not in repeated}
    return Call(name, product, "POST", path, resource, retry_safety, form={**_present(single), **repeated})


def path(template: str, *parts: str) -> str:
    """Fill a path's parameters, percent-encoded, so that no value can change the rest of the path.

    :param template: the path with ``{}`` for each parameter.
    :param parts: the values, for example SIDs.
    """
    return template.format(*(quote(part, safe="") for part in parts))


def _present(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))  # Twilio counts each character
    return str(value)
