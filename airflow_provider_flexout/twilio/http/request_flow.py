"""From a call to its answer: a conversation of steps that either driver can carry out.

The generator yields what to do next (send this request, wait, provide a token) and is sent what
came of it. Both drivers run the same one, so there is nothing that one does and the other forgets.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import responses
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import urlencode

import httpx
from pydantic import ValidationError

from airflow_provider_flexout import __version__
from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, Sleep
from airflow_provider_flexout.twilio.http.errors import (
    ConnectionFailed,
    OutcomeUnknown,
    RateLimited,
    ServiceUnavailable,
    TwilioError,
    error_class,
)
from airflow_provider_flexout.twilio.http.request import Request, Response
from airflow_provider_flexout.twilio.http.resource import Page, Resource
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, OAuthCredentials, Settings

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.retry import RetryPolicy

A = TypeVar("A", bound=Resource)

USER_AGENT = f"airflow-provider-flexout/{__version__} httpx/{httpx.__version__}"
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True, slots=True)
class AcquireToken:
    """A step: provide a bearer token.

    :param refused: the token that Twilio has just refused, so that it is not handed out again.
    """

    refused: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class AcquirePermit:
    """A step: wait until the budget of requests has room for one."""


@dataclass(frozen=True, slots=True)
class RateLimitSleep(Sleep):
    """A pause because the last request was one too many.

    :param retry_after: seconds that Twilio asked to wait, where it did.
    """

    retry_after: float | None


Step: TypeAlias = Request | Sleep | AcquireToken | AcquirePermit
Outcome: TypeAlias = Response | httpx.RequestError
RequestFlow: TypeAlias = Generator[Step, Any, A]


def request_flow(
    call: Call[A],
    settings: Settings,
    policy: RetryPolicy,
    clock: Callable[[], float] = time.monotonic,
    *,
    paced: bool = False,
) -> RequestFlow[A]:
    """Carry one call to its answer, or to the error that says what became of it.

    :param call: what to send.
    :param settings: where, and as whom.
    :param policy: how patient to be.
    :param clock: seconds, for measuring patience.
    :param paced: whether each request waits for its turn; that wait counts only for a call with a bound
        of its own.
    :raises TwilioError: one of its kinds, see :mod:`~airflow_provider_flexout.twilio.http.errors`.
    """
    asked_for = began = clock()
    tried = 0
    by_token = isinstance(settings.credentials, OAuthCredentials) and call.product != "oauth"
    token: str | None = (yield AcquireToken(refused=None)) if by_token else None
    renewed = False
    while True:
        if paced:
            asked = clock()
            yield AcquirePermit()
            if call.start_within is None:
                began += clock() - asked
        if call.start_within is not None and clock() - began > call.start_within:
            raise ConnectionFailed(call.name, "its time was over before its turn came; nothing was sent")
        sent = clock()
        outcome: Outcome = yield build_request(call, settings, token)
        tried += 1
        if token and not renewed and _status(outcome) == HTTPStatus.UNAUTHORIZED:
            token = yield AcquireToken(refused=token)
            renewed = True
            continue
        result = _read(call, settings, outcome)
        if not isinstance(result, TwilioError):
            result.attach_queue_time(sent - asked_for)
            return result
        wait = policy.wait_before_next(call, result, tried, clock() - began)
        if wait is None:
            raise _final(call, result, tried)
        limited = isinstance(result, RateLimited)
        yield RateLimitSleep(wait, result.retry_after) if limited else Sleep(wait)


def build_request(call: Call[Any], settings: Settings, token: str | None) -> Request:
    """Write a call as an HTTP request.

    :param call: what to send.
    :param settings: where, and as whom.
    :param token: the bearer token, for an OAuth client.
    """
    headers = dict(_HEADERS)
    if isinstance(settings.credentials, BasicCredentials):
        headers["Authorization"] = settings.credentials.header
    elif token:
        headers["Authorization"] = f"Bearer {token}"
    headers.update(call.headers)
    content = call.content
    if call.form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        content = urlencode(call.form, doseq=True).encode()
    query = f"?{urlencode(call.query)}" if call.query else ""
    return Request(call.method, settings.hosts.base(call.product), call.path + query, headers, content)


def _read(call: Call[A], settings: Settings, outcome: Outcome) -> A | TwilioError:
    if isinstance(outcome, _NEVER_LEFT):
        return ConnectionFailed(call.name, f"could not reach Twilio, nothing was sent ({_reason(outcome)})")
    if isinstance(outcome, httpx.RequestError):
        return OutcomeUnknown(call.name, f"sent, but no answer came back ({_reason(outcome)})")
    if not HTTPStatus.OK <= outcome.status_code < HTTPStatus.MULTIPLE_CHOICES:
        return _refusal(call, outcome)
    try:
        body = outcome.content if outcome.content.strip() else b"{}"
        answer = call.resource.model_validate_json(body)
    except ValidationError as invalid:
        fields = sorted({".".join(map(str, problem["loc"])) or "the body" for problem in invalid.errors()})
        message = f"HTTP {outcome.status_code} with an answer that cannot be read ({', '.join(fields)})"
        return OutcomeUnknown(call.name, message)
    answer.attach_headers(outcome.headers.get("Date"), outcome.headers.get("ETag"))
    if isinstance(answer, Page) and answer.meta.next_page_url:
        answer.attach_next_page(settings.hosts.relative(answer.meta.next_page_url))
    return answer


def _refusal(call: Call[Any], response: Response) -> TwilioError:
    try:
        body = json.loads(response.content)
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    code = body.get("code") if isinstance(body.get("code"), int) else None
    # RFC 9457 names them title and detail, which newer products of Twilio do.
    message = (
        body.get("message") or body.get("detail") or body.get("title") or responses.get(response.status_code)
    )
    return error_class(response.status_code, code)(
        call.name,
        str(message or responses.get(response.status_code)),
        status=response.status_code,
        code=code,
        more_info=body.get("more_info"),
        request_id=response.headers.get("Twilio-Request-Id"),
        retry_after=_seconds(response.headers.get("Retry-After")),
    )


def _final(call: Call[Any], error: TwilioError, tried: int) -> TwilioError:
    if not isinstance(error, OutcomeUnknown) or call.retry_safety is RetrySafety.NON_IDEMPOTENT:
        return error
    return ServiceUnavailable(
        call.name,
        f"{error.message}; tried {tried} times",
        status=error.status,
        code=error.code,
        more_info=error.more_info,
        request_id=error.request_id,
    )


def _status(outcome: Outcome) -> int | None:
    return None if isinstance(outcome, httpx.RequestError) else outcome.status_code


def _reason(error: httpx.RequestError) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _seconds(retry_after: str | None) -> float | None:
    try:
        return max(0.0, float(retry_after)) if retry_after else None
    except ValueError:
        return None
