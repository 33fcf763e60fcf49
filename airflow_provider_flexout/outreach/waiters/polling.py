"""When to poll: the one schedule that every wait shares."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.errors import WaitTimedOut
from airflow_provider_flexout.outreach.values.durations import format_duration
from airflow_provider_flexout.twilio import metrics
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import TwilioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.twilio.http.call import Procedure

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Waiter(Protocol[R_co]):
    """Something that is polled until it has happened."""

    def poll(self) -> Procedure[R_co | None]:
        """Look once; give what happened, or ``None`` while the wait goes on.

        :raises FlexoutError: when it cannot happen any more.
        """
        ...


@dataclass(frozen=True, slots=True)
class PollSchedule:
    """When to poll, computed from the age of the wait: ever less often, and no two waits in step.

    The age counts from the beginning of the wait, wherever it continues. A triggerer that restarts neither
    begins its waits anew nor polls all of them at once.

    :param began: when the wait began, in seconds since 1970.
    :param deadline: when the wait ends without a result, in seconds since 1970; ``None`` for no end.
    :param shortest: the seconds between two polls, and before the first, at the least.
    :param longest: the seconds between two polls at the most, before they are drawn out by up to a fifth.
    :param share: the pause between two polls, as a share of the wait's age.
    """

    began: float
    deadline: float | None = None
    shortest: float = timing.POLL_SHORTEST
    longest: float = timing.POLL_LONGEST
    share: float = timing.POLL_SHARE

    def first_pause(self, now: float) -> float:
        """Give the seconds before the first poll of a wait that begins, or continues elsewhere.

        Many waits may do so at the same moment, so this pause is drawn out by more than the others.
        """
        room = max(self.shortest, self._pause(now) * timing.POLL_SPREAD - self.shortest)
        return self._until_deadline(self.shortest + room * random.random(), now)  # noqa: S311 - spreads

    def pause(self, now: float) -> float:
        """Give the seconds between two polls."""
        return self._until_deadline(self._pause(now) * _spread(), now)

    def pause_after_outage(self, now: float, failures: int, retry_after: float | None) -> float:
        """Give the seconds before the next poll after one that failed.

        :param now: the time, in seconds since 1970.
        :param failures: how many polls have failed in a row.
        :param retry_after: the seconds that Twilio asked to wait, if it did; they are kept even past the
            deadline.
        """
        backoff = min(timing.OUTAGE_PAUSE, self.shortest * 2.0 ** (failures - 1))
        pause = max(self._pause(now), backoff) * _spread()
        return max(pause if self.is_over(now) else self._until_deadline(pause, now), retry_after or 0.0)

    def is_over(self, now: float) -> bool:
        """Say whether the deadline has passed."""
        return self.deadline is not None and now >= self.deadline

    def _pause(self, now: float) -> float:
        return max(self.shortest, min(self.longest, (now - self.began) * self.share))

    def _until_deadline(self, pause: float, now: float) -> float:
        """Cut a pause at the deadline, at which there is one more poll."""
        if self.deadline is None:
            return pause
        return max(self.shortest, min(pause, self.deadline - now))


@dataclass(frozen=True, slots=True)
class SafetyNetSchedule(PollSchedule):
    """When to poll for what an event should report: seldom, in case the event is lost.

    The pause grows with the age of the wait, from ten minutes to over an hour, so that a day of waiting
    comes to 24 requests at most. Deadlines and outages are as for every wait.
    """

    def first_pause(self, now: float) -> float:
        """Give the seconds before the first poll of a wait that begins, or continues elsewhere."""
        least = timing.SAFETY_NET_SHORTEST
        pause = random.uniform(least, max(2.0 * least, self._rare(now) * timing.POLL_SPREAD))  # noqa: S311
        return self._until_deadline(pause, now)

    def pause(self, now: float) -> float:
        """Give the seconds between two polls."""
        return self._until_deadline(self._rare(now) * _spread(), now)

    def _rare(self, now: float) -> float:
        return max(timing.SAFETY_NET_SHORTEST, min(timing.SAFETY_NET_LONGEST, now - self.began))


class ErrorBudget:
    """How many polls in a row may fail before the wait does."""

    def __init__(self) -> None:
        self.failures = 0

    def record_error(self, error: TwilioError) -> None:
        """Count a poll that failed.

        :param error: what it failed with.
        :raises TwilioError: that error, when it is permanent or the budget is spent.
        """
        self.failures += 1
        if error.permanent or self.failures >= timing.OUTAGE_FAILURES:
            raise error

    def renew(self) -> None:
        """Start over, after a poll that succeeded."""
        self.failures = 0


def _spread() -> float:
    return random.uniform(1.0, timing.POLL_SPREAD)  # noqa: S311 - spreads the polls of many waits


def _name_of(waiter: Waiter[R]) -> str:
    """Name what is waited for: ``message`` for a ``MessageWaiter``."""
    return type(waiter).__name__.removesuffix("Waiter").lower()


def wait_for(
    waiter: Waiter[R],
    schedule: PollSchedule | None = None,
    clock: Callable[[], float] = time.time,
    time_left: Callable[[], float] | None = None,
    budget: ErrorBudget | None = None,
) -> Procedure[R]:
    """Poll until it has happened.

    An outage does not end the wait: polls that fail are counted, and only so many in a row end it. During an
    outage, the deadline does not end it either, before a poll has shown that nothing happened.

    :param waiter: what is polled.
    :param schedule: how often, and until when; by default from now on, without an end.
    :param clock: gives seconds since 1970.
    :param time_left: gives the seconds for which the wait goes on, where another clock than the schedule's
        decides it: it is asked after each poll.
    :param budget: counts the polls that fail; by default one of its own.
    :returns: what the waiter found.
    :raises WaitTimedOut: when nothing has happened by the deadline, or no time is left.
    :raises FlexoutError: when it cannot happen any more, or Twilio is out of reach for too long.
    """
    schedule = schedule or PollSchedule(clock())
    pause, budget = schedule.first_pause(clock()), budget or ErrorBudget()
    left = time_left() if time_left else math.inf
    while True:
        yield Sleep(max(schedule.shortest, min(pause, left)))
        try:
            found = yield from waiter.poll()
        except TwilioError as error:
            budget.record_error(error)
            pause = schedule.pause_after_outage(clock(), budget.failures, error.retry_after)
            left = math.inf if error.retry_after else left
            continue
        budget.renew()
        if found is not None:
            metrics.record_time(clock() - schedule.began, "wait_time", _name_of(waiter))
            return found
        now, left = clock(), time_left() if time_left else math.inf
        if schedule.is_over(now) or left <= 0:
            raise WaitTimedOut(format_duration(timedelta(seconds=round(now - schedule.began))))
        pause = schedule.pause(now)


def look_for(look: Callable[[], Procedure[R | None]], seconds: float) -> Procedure[R | None]:
    """Look for the effect of an earlier attempt until it would show, if there were any.

    :param look: looks once; gives what it found, or ``None``.
    :param seconds: for how long to look again,
        :data:`~airflow_provider_flexout.outreach.timing.VISIBILITY_DELAY` or 0 for one look.
    """
    left = seconds
    while True:
        found = yield from look()
        if found is not None or left <= 0:
            return found
        yield Sleep(min(timing.POLL_INTERVAL, left))
        left -= timing.POLL_INTERVAL
