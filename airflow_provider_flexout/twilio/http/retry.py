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

    :param tries: how often a call is sent at most when it fails for a reason other than a rate limit.
    :param patience: no try starts later than this many seconds after the first.
    :param longest_wait: seconds; the waits grow up to this, unless Twilio asks for more.
    """

    tries: int = 5
    patience: float = 60.0
    longest_wait: float = 20.0

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
        if tried >= self.tries and not isinstance(error, RateLimited):
            return None
        wait = error.retry_after if error.retry_after is not None else self._backoff(tried)
        patience = self.patience if call.patience is None else min(call.patience, self.patience)
        return wait if elapsed + wait <= patience else None

    @staticmethod
    def _may_repeat(call: Call[Any], error: TwilioError) -> bool:
        if isinstance(error, (RateLimited, ConnectionFailed)):
            return True  # it was not processed
        return isinstance(error, OutcomeUnknown) and call.repeat is not RetrySafety.NON_IDEMPOTENT

    def _backoff(self, tried: int) -> float:
        ceiling = min(self.longest_wait, _FIRST_WAIT * 2.0 ** (tried - 1))
        return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
