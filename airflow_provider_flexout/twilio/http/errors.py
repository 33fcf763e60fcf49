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
from typing import Any

from airflow_provider_flexout.twilio.http.codes import DOWNSTREAM_CODES, RATE_LIMIT_CODES, hint_for
from airflow_provider_flexout.twilio.http.redaction import mask_text


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


_BY_STATUS: dict[int, type[RequestRejected]] = {
    401: AuthenticationFailed,
    403: AuthenticationFailed,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
}


def error_class(status: int, code: int | None, *, by_twilio: bool) -> type[TwilioError]:
    """Choose the error for a response that is not a success.

    The codes count before the status, since Flex gives a rate limit, and trouble behind it, with HTTP 400. A
    5xx is never a rejection: whoever gave it may have done so after Twilio had processed the request. Nor is
    any other status without a body of Twilio's: a proxy may give it after it has passed the request on.

    :param status: the HTTP status.
    :param code: Twilio's error code; ``None`` where the body has none.
    :param by_twilio: whether the body is Twilio's.
    """
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in RATE_LIMIT_CODES:
        return RateLimited
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in DOWNSTREAM_CODES:
        return OutcomeUnknown
    return _BY_STATUS.get(status, RequestRejected) if by_twilio else OutcomeUnknown
