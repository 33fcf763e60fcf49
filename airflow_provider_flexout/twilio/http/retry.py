"""The one retry brain: may this call be sent again, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from airflow_provider_flexout.twilio.http.call import Call, RetrySafety
from airflow_provider_flexout.twilio.http.errors import (
    ConnectionFailed,
    OutcomeUnknown,
    RateLimited,
    TwilioError,
)

_FIRST_WAIT = 0.5


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient a client is inside one call; what lies beyond is Airflow's retries.

    :param max_attempts: how often a call is sent at most when it fails for a reason other than a rate limit.
    :param start_within: no try starts later than this many seconds after the first.
    :param max_backoff: seconds; the waits grow up to this, unless Twilio asks for more.
    """

    max_attempts: int = 5
    start_within: float = 60.0
    max_backoff: float = 20.0

    def wait_before_next(
        self, call: Call[Any], error: TwilioError, tried: int, elapsed: float
    ) -> float | None:
        """Say how many seconds to wait before sending again, or ``None`` to give up.

        :param call: what was sent.
        :param error: what came of it.
        :param tried: how often it has been sent.
        :param elapsed: seconds since it was first sent.
        """
        if not self._may_repeat(call, error):
            return None
        if tried >= self.max_attempts and not isinstance(error, RateLimited):
            return None
        wait = error.retry_after if error.retry_after is not None else self._backoff(tried)
        start_within = (
            self.start_within if call.start_within is None else min(call.start_within, self.start_within)
        )
        return wait if elapsed + wait <= start_within else None

    @staticmethod
    def _may_repeat(call: Call[Any], error: TwilioError) -> bool:
        if isinstance(error, (RateLimited, ConnectionFailed)):
            return True  # it was not processed
        return isinstance(error, OutcomeUnknown) and call.retry_safety is not RetrySafety.NON_IDEMPOTENT

    def _backoff(self, tried: int) -> float:
        ceiling = min(self.max_backoff, _FIRST_WAIT * 2.0 ** (tried - 1))
        return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
