"""A call is a value: what would be sent, what comes back, and whether it may be sent twice."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import quote

from airflow_provider_flexout.twilio.http.resource import Resource

Product: TypeAlias = Literal["flex-api", "conversations", "taskrouter", "oauth", "content", "mcs"]
A = TypeVar("A", bound=Resource, covariant=True)
R = TypeVar("R")


class RetrySafety(enum.Enum):
    """What sending the call a second time would do."""

    SAFE = "safe"
    """Nothing: it only looks."""

    IDEMPOTENT = "idempotent"
    """Nothing that anybody notices: Twilio refuses the second, or it sets the same values again."""

    NON_IDEMPOTENT = "non-idempotent"
    """Reach a customer or an agent a second time."""


@dataclass(frozen=True, slots=True)
class Call(Generic[A]):
    """One request to Twilio, described and not yet sent.

    :param name: Twilio's own name of the operation, as in its OpenAPI documents.
    :param product: the part of Twilio that answers it; the first label of its host.
    :param method: the HTTP method.
    :param path: the path with its parameters filled in, percent-encoded.
    :param resource: the model of the response's body.
    :param retry_safety: whether the call may be sent again when its outcome is unknown.
    :param form: the form fields; a tuple stands for a field that is given once for each of its texts.
        Values that are ``None`` have been left out.
    :param query: the query parameters, likewise.
    :param headers: header fields beside the usual ones.
    :param content: a body that is no form, with its ``Content-Type`` among the headers.
    :param start_within: no try starts later than this many seconds after the first; ``None`` leaves it
        to the client.
    """

    name: str
    product: Product
    method: Literal["GET", "POST", "DELETE"]
    path: str
    resource: type[A]
    retry_safety: RetrySafety
    form: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    start_within: float | None = None

    def __repr__(self) -> str:
        """Name the call without its values, which may be a customer's address or words."""
        return f"<Call {self.name} {self.method} {self.product}>"

    def if_match(self, etag: str | None) -> Call[A]:
        """Give the same call on condition: that what it changes is still what was read.

        :param etag: the ``ETag`` of what was read; without one, there is no condition.
        """
        return dataclasses.replace(self, headers={**self.headers, "If-Match": etag}) if etag else self

    def within(self, seconds: float) -> Call[A]:
        """Give the same call a bound: no try starts later than ``seconds`` after the first."""
        return dataclasses.replace(self, start_within=seconds)


@dataclass(frozen=True, slots=True)
class Sleep:
    """A step of a procedure in which nothing is sent.

    :param seconds: how long.
    """

    seconds: float


Procedure: TypeAlias = Generator[Call[Any] | Sleep, Any, R]
"""A generator that yields calls and pauses, is sent the answers, and returns its result.

A call that fails is thrown into the generator as its :class:`TwilioError`.
"""


def read(name: str, product: Product, path: str, resource: type[A], **query: str | int | None) -> Call[A]:
    """Describe a GET."""
    return Call(name, product, "GET", path, resource, RetrySafety.SAFE, query=_present(query))


def write(
    name: str,
    product: Product,
    path: str,
    resource: type[A],
    form: Mapping[str, Any],
    retry_safety: RetrySafety,
) -> Call[A]:
    """Describe a POST.

    :param form: the form; objects are written as JSON in a string, which is how Twilio takes them, and a
        tuple of texts as one field each.
    :param retry_safety: what sending it a second time would do.
    """
    repeated = {field: value for field, value in form.items() if isinstance(value, tuple)}
    single = {field: value for field, value in form.items() if field not in repeated}
    return Call(name, product, "POST", path, resource, retry_safety, form={**_present(single), **repeated})


def path(template: str, *parts: str) -> str:
    """Fill a path's parameters, percent-encoded, so that no value can climb out of its place."""
    return template.format(*(quote(part, safe="") for part in parts))


def _present(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(value)
    return str(value)
