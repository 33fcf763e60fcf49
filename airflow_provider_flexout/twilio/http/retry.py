"""The one place that decides whether a request is sent again, and when.

======================  =====================  ======================================================
what happened           sent again             why
======================  =====================  ======================================================
``RateLimited``         always                 Twilio did not process the request
``ConnectionFailed``    always                 no byte of the request left this machine
``OutcomeUnknown``      safe and idempotent    the request may have taken effect: a second one that is
                        calls only             not idempotent could contact somebody twice. Also any
                                               status without an error body of Twilio's, which a proxy
                                               may have given after passing the request on
``RequestRejected``     never                  Twilio understood the request and said no
======================  =====================  ======================================================

The waits double from half a second, each at random between half of that and the whole, so that clients that
failed together do not come back together. A longer ``Retry-After`` of Twilio's replaces them. A rate limit
costs no attempts, since it says nothing about the request; only time ends it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.call import Call, RetrySafety
from airflow_provider_flexout.twilio.http.errors import (
    ConnectionFailed,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    TwilioError,
)

_RULES: Final[dict[type[TwilioError], tuple[frozenset[RetrySafety], str]]] = {
    RateLimited: (frozenset(RetrySafety), "Twilio did not process it"),
    ConnectionFailed: (frozenset(RetrySafety), "it never left"),
    OutcomeUnknown: (
        frozenset({RetrySafety.SAFE, RetrySafety.IDEMPOTENT}),
        "it may have taken effect",
    ),
    RequestRejected: (frozenset(), "Twilio rejected it"),
}


_MOST_DOUBLINGS: Final = 64
"""Beyond any wait; a rate limit costs no attempts, so there may be more than a float can be doubled."""


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """Whether a request is sent again.

    :param wait: seconds until then; ``None`` when it is not sent again.
    :param reason: why, for the log.
    """

    wait: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a client goes on with one call. Longer waits are for Airflow's retries.

    :param max_attempts: how often a call is sent at most when it fails for another reason than a rate limit.
    :param start_within: no attempt starts later than this many seconds after the first.
    :param max_backoff: seconds up to which the waits grow, unless Twilio asks for more.
    """

    max_attempts: int = timing.MAX_ATTEMPTS
    start_within: float = timing.START_WITHIN
    max_backoff: float = timing.MAX_BACKOFF

    def decide(self, call: Call[Any], error: TwilioError, attempts: int, elapsed: float) -> RetryDecision:
        """Decide whether to send a call again.

        :param call: what was sent.
        :param error: what came of it.
        :param attempts: how often it has been sent.
        :param elapsed: seconds since it was first sent.
        """
        resend, reason = next(_RULES[kind] for kind in type(error).__mro__ if kind in _RULES)
        if call.retry_safety not in resend:
            return RetryDecision(None, reason)
        if attempts >= self.max_attempts and not isinstance(error, RateLimited):
            return RetryDecision(None, f"it was sent {attempts} times")
        # The larger one: a Retry-After of zero may not become a loop without a pause.
        wait = max(error.retry_after or 0.0, self._backoff(attempts))
        limit = self.start_within if call.start_within is None else min(call.start_within, self.start_within)
        if elapsed + wait > limit:
            return RetryDecision(None, f"no attempt starts later than {limit:.0f} s after the first")
        return RetryDecision(wait, reason)

    def _backoff(self, attempts: int) -> float:
        doublings = min(attempts - 1, _MOST_DOUBLINGS)
        ceiling = min(self.max_backoff, timing.FIRST_BACKOFF * 2.0**doublings)
        return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
