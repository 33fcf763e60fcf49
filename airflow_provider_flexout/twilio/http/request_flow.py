"""From a call to its resource, as a generator of steps that either client can carry out.

The flow yields what to do next, and is sent what came of it:

1. An OAuth client first gets a bearer token (:class:`AcquireToken`), once for the call.
2. Where requests wait for permits, it gets one (:class:`AcquirePermit`), anew for each attempt.
3. It yields the :class:`Request`, and is sent a :class:`Response` or a :class:`SendFailed`.
4. A bearer token that Twilio refuses with 401 is replaced once, and the request is sent again: it was not
   processed.
5. A response becomes a resource, or an error of a kind that says whether the request took effect.
   :mod:`~airflow_provider_flexout.twilio.http.retry` decides by that kind whether it is sent again; then the
   flow sleeps (:class:`Sleep`, :class:`RateLimitSleep`) and goes back to 2.

Both clients run the same flow, so there is nothing that one does and the other forgets. Each attempt that
brought no resource leaves a line in the debug log, which says why it is, or is not, sent again. The line
holds no URL, no address, no body and no token.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http import HTTPStatus
from http.client import responses
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlencode

import httpx
from pydantic import ValidationError

from airflow_provider_flexout import __version__
from airflow_provider_flexout.twilio import metrics
from airflow_provider_flexout.twilio.http.call import Call, ResourceT, RetrySafety, Sleep
from airflow_provider_flexout.twilio.http.errors import (
    ConnectionFailed,
    DeadlineExceeded,
    OutcomeUnknown,
    RateLimited,
    ServiceUnavailable,
    TwilioError,
    error_class,
    is_twilios,
    read_code,
)
from airflow_provider_flexout.twilio.http.request import Request, Response, SendFailed
from airflow_provider_flexout.twilio.http.resource import (
    ITEM_KEYS,
    Page,
    ResponseInfo,
    http_date,
    json_object,
)
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, OAuthCredentials, Settings

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.retry import RetryPolicy

log = logging.getLogger(__name__)

USER_AGENT = f"airflow-provider-flexout/{__version__} httpx/{httpx.__version__}"
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}


_LONGEST_MESSAGE = 2_000
"""Characters that are kept of an error's message."""

_LONGEST_NAME = 200
"""Characters that are kept of the page about an error, and of the id of a request."""


@dataclass(frozen=True, slots=True)
class AcquireToken:
    """A step: get a bearer token, and send it back.

    :param refused: the token that Twilio has just refused, so that it is not handed out again.
    """

    refused: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class AcquirePermit:
    """A step: wait until a request may be sent."""


@dataclass(frozen=True, slots=True)
class RateLimitSleep(Sleep):
    """A step: wait because Twilio refused the last request as one too many.

    :param retry_after: seconds for which Twilio asked; ``None`` where it did not say.
    """

    retry_after: float | None


Step: TypeAlias = Request | Sleep | AcquireToken | AcquirePermit
RequestFlow: TypeAlias = Generator[Step, Any, ResourceT]


def request_flow(
    call: Call[ResourceT],
    settings: Settings,
    policy: RetryPolicy,
    clock: Callable[[], float] = time.monotonic,
    *,
    needs_permits: bool = False,
) -> RequestFlow[ResourceT]:
    """Bring one call to its resource, or to the error that says what became of it.

    :param call: what to send.
    :param settings: where, and as whom.
    :param policy: when to send it again.
    :param clock: gives seconds, to measure how long the call has taken.
    :param needs_permits: whether each request waits for a permit. That wait counts towards the time of a call
        that has a ``start_within`` of its own, and not towards that of the policy: a long queue is no reason
        to give up, but a call with a limit must not start after it.
    :raises TwilioError: a subclass, see :mod:`~airflow_provider_flexout.twilio.http.errors`.
    """
    asked_at = started_at = clock()
    attempts, outcome_unknown = 0, False
    by_token = isinstance(settings.credentials, OAuthCredentials) and call.product != "oauth"
    token: str | None = (yield AcquireToken(refused=None)) if by_token else None
    token_replaced = False
    while True:
        if needs_permits:
            queued_at = clock()
            yield AcquirePermit()
            metrics.record_time(clock() - queued_at, "permit_time")
            if call.start_within is None:
                started_at += clock() - queued_at
        if call.start_within is not None and clock() - started_at > call.start_within:
            raise _too_late(call, outcome_unknown=outcome_unknown)
        sent_at = clock()
        outcome: Response | SendFailed = yield build_request(call, settings, token)
        attempts += 1
        metrics.record_time(clock() - sent_at, "request_time")
        metrics.count("requests", "no_response" if isinstance(outcome, SendFailed) else outcome.status)
        result = _read(call, settings, outcome, queued_for=sent_at - asked_at)
        if not isinstance(result, TwilioError):
            return result
        if call.retry_safety is not RetrySafety.SAFE:  # what only reads takes no effect
            outcome_unknown = outcome_unknown or result.outcome_unknown
        if token and not token_replaced and _is_unauthorized(call, outcome):
            log.debug("%s %s, attempt %d: sent again with a new token", call.method, call.name, attempts)
            token = yield AcquireToken(refused=token)
            token_replaced = True
            continue
        decision = policy.decide(call, result, attempts, clock() - started_at)
        _log(call, attempts, result, decision.wait, decision.reason)
        if decision.wait is None:
            raise _final(call, result, attempts, outcome_unknown=outcome_unknown)
        if isinstance(result, RateLimited):
            metrics.count("rate_limited")
            yield RateLimitSleep(decision.wait, result.retry_after)
        else:
            yield Sleep(decision.wait)


def build_request(call: Call[Any], settings: Settings, token: str | None) -> Request:
    """Write a call as an HTTP request.

    :param call: what to send.
    :param settings: where, and as whom.
    :param token: the bearer token of an OAuth client; ``None`` for other credentials.
    """
    headers = dict(_HEADERS)
    if isinstance(settings.credentials, BasicCredentials):
        headers["Authorization"] = settings.credentials.header
    elif token:
        headers["Authorization"] = f"Bearer {token}"
    if settings.hosts.base_url:  # two of Twilio's products may have the same path; this is which was meant
        headers["X-Forwarded-Host"] = f"{call.product}.twilio.com"
    headers.update(call.headers)
    content = call.content
    if call.form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        content = urlencode(call.form, doseq=True).encode()
    query = f"?{urlencode(call.query)}" if call.query else ""
    return Request(call.method, settings.hosts.base(call.product), call.path + query, headers, content)


def _read(
    call: Call[ResourceT], settings: Settings, outcome: Response | SendFailed, queued_for: float
) -> ResourceT | TwilioError:
    if isinstance(outcome, SendFailed):
        if outcome.never_left:
            message = f"could not reach {settings.hosts.described}; nothing was sent ({outcome.reason})"
            if settings.hosts.base_url:
                message += ". If it is the sandbox's address, start it: flexout sandbox"
            return ConnectionFailed(call.name, message)
        return OutcomeUnknown(call.name, f"sent, but no response came back ({outcome.reason})")
    if not HTTPStatus.OK <= outcome.status < HTTPStatus.MULTIPLE_CHOICES:
        return _error(call, outcome)
    try:
        body = outcome.content if outcome.content.strip() else b"{}"
        resource = call.resource.model_validate_json(body)
    except ValidationError as invalid:
        # Twilio, or somebody between, said yes to something: whether to our request, nobody knows.
        return _unread(call, outcome, _unreadable(invalid))
    if getattr(resource, "sid", None) == "":  # as good as none: it names nothing
        return _unread(call, outcome, "sid")
    next_url = resource.meta.next_page_url if isinstance(resource, Page) else None
    try:
        next_page_path = settings.hosts.relative(next_url) if next_url else None
    except ValueError:
        return OutcomeUnknown(call.name, f"HTTP {outcome.status} with an invalid URL for the next page")
    resource.attach(
        ResponseInfo(
            date=outcome.header("Date"),
            etag=outcome.header("ETag"),
            queued_for=queued_for,
            next_page_path=next_page_path,
            rate_limit=_rate_limit(outcome),
        )
    )
    return resource


def _unread(call: Call[Any], response: Response, fields: str) -> OutcomeUnknown:
    message = f"HTTP {response.status} with a body that cannot be read ({fields})"
    return OutcomeUnknown(call.name, message[:_LONGEST_MESSAGE])


def _unreadable(invalid: ValidationError) -> str:
    """Name the fields that could not be read, without the number of an item in a list."""
    problems = invalid.errors(include_url=False, include_context=False, include_input=False)
    return ", ".join(sorted({_place(one["loc"], one["type"]) for one in problems}))


def _place(parts: tuple[int | str, ...], problem: str) -> str:
    if problem == "missing" and parts == ITEM_KEYS[:1]:
        return "no items of the list"  # pydantic names the first of all names that they may have
    return ".".join(part for part in parts if isinstance(part, str)) or "the body"


def _rate_limit(response: Response) -> tuple[str, str, str] | None:
    what, most, left = (response.header(f"X-Rate-Limit-{name}") for name in ("Config", "Limit", "Remaining"))
    return (what or "requests", most, left) if most and left else None


def _error(call: Call[Any], response: Response) -> TwilioError:
    body = json_object(response.content)
    by_twilio = is_twilios(call, response, body)
    code = read_code(body) if by_twilio else None
    # Newer products of Twilio's follow RFC 9457, which names the message title and detail.
    message = body.get("message") or body.get("detail") or body.get("title") or responses.get(response.status)
    if not by_twilio and response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        message = f"{message}, without an error body of Twilio's: something in between may have responded"
    may_repeat = call.retry_safety is not RetrySafety.NON_IDEMPOTENT
    more_info, request_id = body.get("more_info"), response.header("Twilio-Request-Id")
    return error_class(response.status, code, by_twilio=by_twilio, may_repeat=may_repeat)(
        call.name,
        str(message)[:_LONGEST_MESSAGE],
        status=response.status,
        code=code,
        more_info=more_info[:_LONGEST_NAME] if isinstance(more_info, str) else None,
        request_id=request_id[:_LONGEST_NAME] if request_id else None,
        retry_after=_seconds(response.header("Retry-After"), response.header("Date")),
    )


def _too_late(call: Call[Any], *, outcome_unknown: bool) -> DeadlineExceeded:
    sent = "it was not sent again" if outcome_unknown else "nothing was sent"
    error = DeadlineExceeded(call.name, f"its time limit was over before it could be sent; {sent}")
    error.outcome_unknown = outcome_unknown
    return error


def _final(call: Call[Any], error: TwilioError, attempts: int, *, outcome_unknown: bool) -> TwilioError:
    """Choose the error to raise: where repeating does no harm, an unknown outcome need not be looked up."""
    if isinstance(error, OutcomeUnknown) and call.retry_safety is not RetrySafety.NON_IDEMPOTENT:
        error = ServiceUnavailable(
            call.name,
            f"{error.message}; tried {attempts} times",
            status=error.status,
            code=error.code,
            more_info=error.more_info,
            request_id=error.request_id,
        )
    error.outcome_unknown = outcome_unknown
    return error


def _log(call: Call[Any], attempts: int, error: TwilioError, wait: float | None, reason: str) -> None:
    outcome = f"HTTP {error.status}" if error.status else type(error).__name__
    if error.code:
        outcome += f", code {error.code}"
    log.debug(
        "%s %s (%s), attempt %d: %s; %s: %s",
        call.method,
        call.name,
        call.retry_safety.value,
        attempts,
        outcome,
        "not sent again" if wait is None else f"sent again in {wait:.1f} s",
        reason,
    )


def _is_unauthorized(call: Call[Any], outcome: Response | SendFailed) -> bool:
    """Say whether a token was refused, so that the request was not processed.

    Without a body of Twilio's, something in between may have refused it after Twilio had processed it.
    """
    if not isinstance(outcome, Response) or outcome.status != HTTPStatus.UNAUTHORIZED:
        return False
    if call.retry_safety is not RetrySafety.NON_IDEMPOTENT:
        return True
    return is_twilios(call, outcome, json_object(outcome.content))


def _seconds(retry_after: str | None, date: str | None) -> float | None:
    """Read a ``Retry-After``: seconds, or a date, which counts from the response's own."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        until = http_date(retry_after)
        if until is None:
            return None
        seconds = (until - (http_date(date) or datetime.now(timezone.utc))).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
