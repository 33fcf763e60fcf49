"""How often a ``FlexReplyTrigger`` polls: as configured, or seldom where events come from a queue."""

from __future__ import annotations

import asyncio
import logging
import math
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.values.arguments import count_of
from airflow_provider_flexout.outreach.values.durations import format_duration

if TYPE_CHECKING:
    from airflow_provider_flexout.connection.event_subscription import EventSubscription
    from airflow_provider_flexout.outreach.inbox.poller import PollResult

log = logging.getLogger(__name__)


class PollTimer:
    """Pauses between two polls.

    Where events come from a queue, polls are a safety net. Once each conversation has been read with the
    usual pauses, it is read every 80 minutes, which comes to 18 requests a day. After the queue was away each
    is read with the usual pauses again, since what it did not take may be lost.

    :param interval: the usual pause, in seconds.
    :param requests: how many requests a poll sends at most.
    :param events: of the connection's queue; ``None`` where it has none.
    """

    def __init__(self, interval: float, requests: int, events: EventSubscription | None) -> None:
        self._interval, self._requests, self._events = interval, requests, events
        self._outages = -1
        self._rounds_left = 0
        self._said: tuple[float, bool] = 0, False

    async def pause(self, result: PollResult, seconds: float) -> None:
        """Sleep until the next poll.

        :param result: of the last one.
        :param seconds: how long that took.
        """
        pause = self._next_pause(result)
        self._say(result, pause + seconds)
        end = asyncio.get_running_loop().time() + pause
        while (rest := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(rest, self._interval))
            if self._events and self._events.outages != self._outages:
                return

    def _next_pause(self, result: PollResult) -> float:
        if self._events is None:
            return self._interval
        if self._events.outages != self._outages:
            self._outages, self._rounds_left = self._events.outages, result.rounds
        self._rounds_left -= 1
        if self._rounds_left > 0:
            return self._interval
        share = min(1.0, self._requests / max(1, result.conversations))
        return max(self._interval, timing.SAFETY_NET_LONGEST * share)

    def _say(self, result: PollResult, seconds: float) -> None:
        """Say in the log how late a reply may be noticed, whenever that has changed much."""
        if self._rounds_left > 0:
            return
        rounds, is_pushed = self._said
        if is_pushed == bool(self._events) and rounds / 1.5 <= result.rounds <= rounds * 1.5:
            return
        self._said = result.rounds, bool(self._events)
        log.info(
            "Reading %s with up to %d requests a round, each at least once in %s: "
            "a reply%s is noticed within %s.",
            count_of(result.conversations, "open conversation"),
            self._requests,
            count_of(result.rounds, "round"),
            " without an event" if self._events else "",
            format_duration(timedelta(seconds=math.ceil(result.rounds * seconds))),
        )
