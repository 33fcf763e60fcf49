"""How often to look: the one kind of polling that every wait shares."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from airflow_provider_flexout.outreach.errors import WaitTimedOut
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import TwilioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.twilio.http.call import Procedure

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

_JITTER = 1.2
_OUTAGES = 20
_OUTAGE_PAUSE = 60.0


class Waiter(Protocol[R_co]):
    """Something to look at until it has happened."""

    def look(self) -> Procedure[R_co | None]:
        """Look once; give what happened, or ``None`` while the wait goes on.

        :raises FlexoutError: when it cannot happen any more.
        """
        ...


@dataclass(frozen=True, slots=True)
class PollSchedule:
    """When to look, from the age of the wait: ever less often, and no two waits in step.

    A day of waiting comes to about 220 looks. The age counts from when the wait began, wherever it
    goes on: a restarted triggerer neither begins anew nor looks at everything at once.

    :param began: when the wait began, seconds since 1970.
    :param deadline: when it ends without a result, likewise; ``None`` for no end.
    :param shortest: seconds between two looks at the least, and before the first.
    :param longest: seconds between two looks at the most, before they are spread by up to a fifth.
    :param share: the pause, as a share of the wait's age.
    """

    began: float
    deadline: float | None = None
    shortest: float = 5.0
    longest: float = 600.0
    share: float = 0.05

    def first_pause(self, now: float) -> float:
        """Give the seconds before the first look of a wait that begins, or goes on elsewhere.

        Many waits may do so in the same moment, so it is spread by more than a fifth.
        """
        spread = max(self.shortest, self._pause(now) * _JITTER - self.shortest)
        return self._until_deadline(self.shortest + spread * random.random(), now)  # noqa: S311 - spreads

    def pause(self, now: float) -> float:
        """Give the seconds between two looks."""
        return self._until_deadline(self._pause(now) * _spread(), now)

    def pause_after_outage(self, now: float, failures: int, retry_after: float | None) -> float:
        """Give the seconds before looking again after a look that failed.

        :param failures: how many have failed in a row.
        :param retry_after: seconds that Twilio asked to wait, where it did; kept even past the deadline.
        """
        backoff = min(_OUTAGE_PAUSE, self.shortest * 2.0 ** (failures - 1))
        pause = max(self._pause(now), backoff) * _spread()
        return max(pause if self.is_over(now) else self._until_deadline(pause, now), retry_after or 0.0)

    def is_over(self, now: float) -> bool:
        """Say whether the deadline has passed."""
        return self.deadline is not None and now >= self.deadline

    def _pause(self, now: float) -> float:
        return max(self.shortest, min(self.longest, (now - self.began) * self.share))

    def _until_deadline(self, pause: float, now: float) -> float:
        if self.deadline is None:
            return pause
        return max(self.shortest, min(pause, self.deadline - now))


class ErrorBudget:
    """How long looks may fail before the wait does: so many in a row.

    With the pauses between them, that is 17 minutes for a young wait, more than three hours for an old one.
    """

    def __init__(self) -> None:
        self.failures = 0

    def record_error(self, error: TwilioError) -> None:
        """Count a look that failed.

        :param error: what it failed with.
        :raises TwilioError: that error, when it is no use to look again.
        """
        self.failures += 1
        if error.permanent or self.failures >= _OUTAGES:
            raise error

    def renew(self) -> None:
        """Take note of a look that succeeded."""
        self.failures = 0


def _spread() -> float:
    return random.uniform(1.0, _JITTER)  # noqa: S311 - spreads the looks of many waits


def wait_for(
    watch: Waiter[R], polling: PollSchedule | None = None, clock: Callable[[], float] = time.time
) -> Procedure[R]:
    """Look until it has happened.

    An outage is no end: looks that fail are counted, and only so many in a row end the wait. Nor does
    the deadline end it during an outage, before a look has shown that nothing happened.

    :param watch: what to look at.
    :param polling: how often, and until when; by default from now on, without an end.
    :param clock: seconds since 1970.
    :returns: what the watch found.
    :raises WaitTimedOut: when nothing has happened by the deadline.
    :raises FlexoutError: when it cannot happen any more, or Twilio is out of reach for too long.
    """
    polling = polling or PollSchedule(clock())
    pause, patience = polling.first_pause(clock()), ErrorBudget()
    while True:
        yield Sleep(pause)
        try:
            found = yield from watch.look()
        except TwilioError as error:
            patience.record_error(error)
            pause = polling.pause_after_outage(clock(), patience.failures, error.retry_after)
            continue
        patience.renew()
        if found is not None:
            return found
        now = clock()
        if polling.is_over(now):
            raise WaitTimedOut(now - polling.began)
        pause = polling.pause(now)
