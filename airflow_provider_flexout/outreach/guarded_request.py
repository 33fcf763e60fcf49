"""A request that reaches somebody, and that several attempts may each believe they still have to send.

If two attempts look and then send at the same moment, both send. The same happens if one stands still between
its look and its request for as long as another takes for both. Twilio refuses neither a second message nor a
second invite. So such a request begins within a time limit after its look, and under a lock if another
attempt may be at work. A task's first try is alone until Airflow gives it up, which takes longer than that
limit. So for an attempt that is known to be the first, the limit counts from the beginning of the try. Such
an attempt needs no lock, and sends no request for one, unless it misses the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.outreach.lock import Lock, LockExpired, run_exclusively, run_locked
from airflow_provider_flexout.outreach.waiters.polling import look_for
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import (
    ConnectionFailed,
    DeadlineExceeded,
    OutcomeUnknown,
    RateLimited,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.twilio.http.call import Procedure

R = TypeVar("R")

_MOST_REQUESTS = 3


@dataclass(frozen=True, slots=True)
class GuardedRequest(Generic[R]):
    """A request that is sent once.

    :param key: what all attempts at it share.
    :param look: makes one look whether it was sent; gives its result then.
    :param request: makes the request, and gives its result.
    :param clock: gives seconds.
    :param reconcile: makes the looks after an outcome that is unknown; by default ``look``, again and again
        until the visibility delay is over.
    :param most_requests: how often it is sent at most, if the outcome is unknown and nothing is found each
        time.
    """

    key: str
    look: Callable[[], Procedure[R | None]]
    request: Callable[[], Procedure[R]]
    clock: Callable[[], float]
    reconcile: Callable[[], Procedure[R | None]] | None = None
    most_requests: int = _MOST_REQUESTS

    def send(self, looked_at: float, *, exclusively: bool) -> Procedure[R]:
        """Send it after a look that found nothing.

        :param looked_at: when that look started, by the clock; or, before it, the attempt itself.
        :param exclusively: whether another attempt may be at work, so that it is sent under the lock.
        :raises OutcomeUnknown: when it was sent so often, and nothing was found.
        :raises LockExpired: when its time was over again and again.
        :raises ReconciliationPending: when others hold the lock for too long, or when the looks after an
            outcome that is unknown fail: what was sent may still arrive, so nothing is sent again.
        """
        give_up_at, failures = self.clock() + timing.SEND_RETRIES_WITHIN, 0
        while True:
            try:
                if exclusively:
                    ttl = timing.SEND_WITHIN
                    return (
                        yield from run_exclusively(self.key, self._look_and_send, self.look, self.clock, ttl)
                    )
                limit = Lock(looked_at + timing.SEND_WITHIN)
                return (yield from run_locked(self._send(), limit, self.clock))
            except (OutcomeUnknown, DeadlineExceeded, LockExpired):
                failures += 1
                if failures == self.most_requests:
                    raise
            except (ConnectionFailed, RateLimited) as error:
                yield from self._pause(error, give_up_at)
            exclusively = True

    def send_under_lock(self) -> Procedure[R]:
        """Send it for a caller that holds a lock under which nobody else sends it.

        :raises OutcomeUnknown: when it was sent so often, and nothing was found.
        :raises ReconciliationPending: when the looks after an outcome that is unknown fail.
        """
        for _ in range(1, self.most_requests):
            try:
                return (yield from self._send())
            except OutcomeUnknown:
                continue
        return (yield from self._send())

    def _look_and_send(self) -> Procedure[R]:
        found = yield from self.look()
        return found if found is not None else (yield from self._send())

    def _send(self) -> Procedure[R]:
        try:
            return (yield from self.request())
        except OutcomeUnknown as unknown:
            try:
                found = yield from (
                    self.reconcile() if self.reconcile else look_for(self.look, timing.VISIBILITY_DELAY)
                )
            except (ConnectionFailed, RateLimited) as error:
                # Only the look is certain not to have been carried out.
                raise ReconciliationPending(
                    f"It is not known whether {unknown.call} took effect, and the look for it failed: {error}"
                ) from error
            if found is None:
                raise
            return found

    def _pause(self, error: ConnectionFailed | RateLimited, give_up_at: float) -> Procedure[None]:
        """Wait after an error by which nothing was sent; raise it when that takes too long."""
        pause = max(error.retry_after or 0.0, timing.POLL_INTERVAL)
        if self.clock() + pause > give_up_at:
            raise error
        yield Sleep(pause)
