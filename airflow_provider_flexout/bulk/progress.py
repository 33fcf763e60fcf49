"""How far a campaign has got: counts, speed and expected end, in the log and as an XCom."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.values.arguments import count_of
from airflow_provider_flexout.twilio.http.redaction import mask_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.bulk.result import Result
    from airflow_provider_flexout.twilio.http.limits.rate_limiter import RateLimiter

PROGRESS_EVERY = 5.0
"""Seconds between two reports."""
_RECENT = 60.0
"""Seconds over which the speed is measured."""
_ENOUGH = 20
"""How many contacts must have ended before a share of failures counts."""
_FAILURES = (ContactOutcome.FAILED, ContactOutcome.INVALID, ContactOutcome.UNDELIVERED)
_HALF_A_DAY = 43_200
_TODAY, _SOME_DAY = "%H:%M", "%d %b %H:%M"

log = logging.getLogger(__name__)


class Progress:
    """The counts of one pass over the contacts.

    :param clock: gives seconds.
    :param seconds: how long the try has taken by now, where it continues after a deferral.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, seconds: float = 0.0) -> None:
        self._clock = clock
        self._began = clock() - seconds
        self._recent: deque[tuple[float, int]] = deque([(self._began, 0)])
        self.outcomes: Counter[ContactOutcome] = Counter()
        self.passing_failures = 0
        self._first_reasons: dict[bool, str] = {}
        self.held_until: datetime | None = None

    @property
    def ended(self) -> int:
        """The number of contacts that have ended, in whatever way."""
        return self.outcomes.total()

    @property
    def failures(self) -> int:
        """The number of contacts that failed or are invalid, or whose message did not arrive."""
        return sum(self.outcomes[one] for one in _FAILURES)

    def exceeds(self, most: float | None) -> bool:
        """Say whether more contacts have failed than may.

        :param most: how many may, a number or a share below 1; ``None`` for any number.
        """
        if most is None:
            return False
        if 0 < most < 1:
            return self.ended >= _ENOUGH and self.failures > most * self.ended
        return self.failures > most

    @property
    def reached(self) -> int:
        """Count those who have the message, by this attempt or an earlier one."""
        had = (ContactOutcome.OPENED, ContactOutcome.ADOPTED, ContactOutcome.JOINED)
        return sum(self.outcomes[one] for one in had)

    def first_failure(self, *, passing: bool = False) -> str:
        """Say why the first contact failed, with addresses masked; empty where none did.

        :param passing: whether to pass over failures that another try would repeat.
        """
        reasons = self._first_reasons
        return reasons.get(False, "") if passing else next(iter(reasons.values()), "")

    def add(self, result: Result) -> None:
        """Count a contact.

        :param result: what became of the contact.
        """
        self.outcomes[result.outcome] += 1
        self.passing_failures += not result.lasting
        if result.outcome in _FAILURES:
            self._keep_reason(result.line, result.reason, lasting=result.lasting)
        if result.held_until and (self.held_until is None or result.held_until < self.held_until):
            self.held_until = result.held_until

    def did_not_arrive(self, line: int, outcome: ContactOutcome, reason: str) -> None:
        """Count a contact whose message did not arrive as undelivered, instead of by its first outcome.

        :param line: the line or number of the row.
        :param outcome: how it ended first.
        :param reason: why it did not arrive, in a sentence.
        """
        self.outcomes[outcome] -= 1
        self.outcomes[ContactOutcome.UNDELIVERED] += 1
        self._keep_reason(line, reason, lasting=True)

    def _keep_reason(self, line: int, reason: str | None, *, lasting: bool) -> None:
        sentence = f" The first is in line {line:,}: {mask_text(str(reason))}"
        self._first_reasons.setdefault(lasting, sentence)

    def describe(self, share: float | None) -> str:
        """Write a line for the log: how many contacts are done, how fast, and when the rest should be done.

        :param share: the share of all contacts that has ended, where it is known.
        """
        now = self._clock()
        self._recent.append((now, self.ended))
        while len(self._recent) > 2 and now - self._recent[0][0] > _RECENT:
            self._recent.popleft()
        since, before = self._recent[0]
        rate = (self.ended - before) / (now - since) if now > since else 0.0
        line = f"{count_of(self.ended, 'contact')} done"
        if share:
            line += f" ({share:.0%})"
        line += f", {rate:.1f}/s"
        if share and rate:
            left = self.ended / share * (1 - share) / rate
            end = datetime.now(timezone.utc) + timedelta(seconds=left)
            line += f", {_as_text(left)} left, until {end:{_TODAY if left < _HALF_A_DAY else _SOME_DAY}} UTC"
        return f"{line}: {self}" if self.ended else line

    def __str__(self) -> str:
        """List the counts that are not zero."""
        return ", ".join(
            f"{one.value} {self.outcomes[one]:,}" for one in ContactOutcome if self.outcomes[one]
        )

    def as_dict(self) -> dict[str, Any]:
        """Give plain JSON: all counts, their sum, and the seconds so far."""
        counts = {one.value: self.outcomes[one] for one in ContactOutcome if one != ContactOutcome.WOULD_OPEN}
        return {"contacts": self.ended, **counts, "seconds": round(self._clock() - self._began, 1)}


def _as_text(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{rest} s"


async def report_progress(
    ti: Any, progress: Progress, share: Callable[[], float | None], limiter: RateLimiter
) -> None:
    """Report every few seconds how far a campaign has got: in the log, and as the XCom ``progress``.

    :param ti: the task instance.
    :param progress: the counts.
    :param share: gives the share of the contacts that has ended, where it is known.
    :param limiter: the rate limiter, which counts what Twilio refused as too many.
    """
    while True:
        await asyncio.sleep(PROGRESS_EVERY)
        line = f"{progress.describe(share())}; refused as too many (429): {limiter.rate_limited:,}."
        log.info(line)
        try:
            ti.xcom_push(key=durable.XCOM_PROGRESS, value=line)
        except Exception as error:  # the campaign goes on without it
            log.warning("The XCom progress could not be written: %s", error)
