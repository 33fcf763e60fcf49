"""What can go wrong between us and Twilio.

::

    FlexoutError
    ├── TwilioError
    │   ├── RequestRejected      Twilio said no (4xx): the same request will be rejected again
    │   │   ├── AuthenticationFailed   401, 403
    │   │   ├── NotFound               404
    │   │   ├── Conflict               409
    │   │   └── PreconditionFailed     412
    │   ├── RateLimited          429: not processed, may be sent again later
    │   ├── ConnectionFailed     never left this machine: may be sent again
    │   │   └── DeadlineExceeded       the time within which it had to be sent was over
    │   ├── ServiceUnavailable   no usable response to a request that is harmless to repeat
    │   └── OutcomeUnknown       it may or may not have happened: look before sending again
    └── (the rules' own errors: outreach/errors.py)

``permanent`` says whether trying again is pointless. Which of them are sent again, and when, is for
:mod:`~airflow_provider_flexout.twilio.http.retry`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.twilio.http.redaction import mask_text

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.call import Call
    from airflow_provider_flexout.twilio.http.request import Response


class FlexoutError(Exception):
    """Everything this provider raises on purpose."""

    permanent = True

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it be copied or sent to another process: ``__init__`` takes other arguments than it keeps."""
        return type(self).__new__, (type(self), *self.args), self.__dict__


class TwilioError(FlexoutError):
    """A request to Twilio did not do what it was for.

    :param call: Twilio's name of the operation, for example ``CreateInteraction``.
    :param message: what happened. Addresses in it are masked.
    :param status: the HTTP status; ``None`` where there was no response.
    :param code: Twilio's error code, see :class:`~airflow_provider_flexout.twilio.http.codes.ErrorCode`;
        ``None`` where it gave none.
    :param more_info: the page about the code, as Twilio gave it.
    :param request_id: Twilio's ``RQ…`` id, which its support asks for.
    :param retry_after: seconds that Twilio asked to wait; ``None`` where it did not say.
    """

    permanent = False
    outcome_unknown = False
    """Whether an attempt of the call may have taken effect: this one, or an earlier one that the client has
    followed with this one."""

    def __init__(
        self,
        call: str,
        message: str,
        *,
        status: int | None = None,
        code: int | None = None,
        more_info: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.call = call
        self.message = mask_text(message)
        self.status = status
        self.code = code
        self.more_info = more_info
        self.request_id = request_id
        self.retry_after = retry_after
        super().__init__(self._sentence())

    @property
    def hint(self) -> str:
        """What to do, in a sentence; empty where nothing sensible can be said."""
        # A DAG file loads this module for its errors, and is spared the two milliseconds of the codes.
        from airflow_provider_flexout.twilio.http.codes import hint_for

        return hint_for(self.code)

    def _sentence(self) -> str:
        response = f" Twilio responded with HTTP {self.status}" if self.status else ""
        if response and self.code:
            response += f", code {self.code}"
        text = f"{self.call}:{response}{':' if response else ''} {self.message.rstrip('.')}."
        if self.request_id:
            text += f" Request {self.request_id}."
        if self.hint:
            text += f" {self.hint}"
        if self.more_info:
            text += f" {self.more_info}"
        return text


class RequestRejected(TwilioError):
    """Twilio understood and said no."""

    permanent = True


class AuthenticationFailed(RequestRejected):
    """The credentials are wrong, or may not do this."""


class NotFound(RequestRejected):
    """There is no such resource, or not any more."""


class Conflict(RequestRejected):
    """Another resource stands in the way."""


class PreconditionFailed(RequestRejected):
    """The resource changed since it was read."""


class RateLimited(TwilioError):
    """Too many requests; this one was not processed."""


class ConnectionFailed(TwilioError):
    """The request never left: name not found, connection refused, TLS failed."""


class DeadlineExceeded(ConnectionFailed):
    """The time within which the request had to be sent was over, so it was not sent."""


class ServiceUnavailable(TwilioError):
    """No usable response to a request that is harmless to repeat, however often it was repeated."""


class OutcomeUnknown(TwilioError):
    """The request may or may not have taken effect."""

    outcome_unknown = True


_BY_STATUS: dict[int, type[RequestRejected]] = {
    401: AuthenticationFailed,
    403: AuthenticationFailed,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
}


def error_class(
    status: int, code: int | None, *, by_twilio: bool, may_repeat: bool = False
) -> type[TwilioError]:
    """Choose the error for a response that is not a success.

    The code counts before the status, since Flex reports a rate limit, and trouble behind it, with HTTP 400.
    A 5xx is never a rejection: it may have been given after Twilio had processed the request. Nor is any
    other status without a body of Twilio's: a proxy may give it after it has passed the request on. Such a
    429 counts as a rate limit only if sending the request again does no harm.

    :param status: the HTTP status.
    :param code: Twilio's error code; ``None`` where the body has none.
    :param by_twilio: whether the body is Twilio's.
    :param may_repeat: whether sending the request again does no harm.
    """
    from airflow_provider_flexout.twilio.http.codes import DOWNSTREAM_CODES, RATE_LIMIT_CODES

    if code in RATE_LIMIT_CODES:
        return RateLimited
    if status == HTTPStatus.TOO_MANY_REQUESTS and (by_twilio or may_repeat):
        return RateLimited
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in DOWNSTREAM_CODES:
        return OutcomeUnknown
    return _BY_STATUS.get(status, RequestRejected) if by_twilio else OutcomeUnknown


_SHORT_FORMS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
"""The statuses for which Twilio's body may have no code."""

_SHORT_FORM_FIELDS = frozenset({"code", "detail", "details", "message", "more_info", "status"})
"""The fields of such a body. Others add a ``title``, a ``type``, a ``path`` or an ``error`` to the status."""

_CODES = range(10_000, 1_000_000_000)
"""Twilio's have five digits. What others call a code is often the HTTP status, or a number below 20."""

_TOKEN_ERRORS = frozenset(
    {
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
"""The errors with which the token endpoint says no: https://www.rfc-editor.org/rfc/rfc6749#section-5.2."""


def read_code(body: dict[str, Any]) -> int | None:
    """Read Twilio's error code, which some of its products write as text; ``None`` where there is none.

    :param body: the content of a response, as an object.
    """
    code = body.get("code")
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) < len(str(_CODES.stop)):
        code = int(code)
    return code if isinstance(code, int) and code in _CODES else None


def is_twilios(call: Call[Any], response: Response, body: dict[str, Any]) -> bool:
    """Say whether an error body is Twilio's: it has a code, or is the short form of a 401, 403 or 404.

    A number of five digits is what others call a code, too, such as ``40401`` with a 404. So something else
    of Twilio's must be there: the HTTP status in the body, the page about the code, or the id of the request.
    The response to a POST in the short form must have that id. The token endpoint may respond with an
    ``error`` of RFC 6749.

    :param call: what was sent.
    :param response: what came back, which is no success.
    :param body: its content, as an object.
    """
    if call.product == "oauth" and str(body.get("error")) in _TOKEN_ERRORS:
        return True
    has_id = response.header("Twilio-Request-Id") is not None
    names_status = body.get("status") == response.status
    if read_code(body) is not None:
        return names_status or has_id or _names_page(body)
    if response.status not in _SHORT_FORMS or not names_status or not body.keys() <= _SHORT_FORM_FIELDS:
        return False
    return has_id or call.method != "POST"


def _names_page(body: dict[str, Any]) -> bool:
    return str(body.get("more_info")).startswith("https://www.twilio.com/")
