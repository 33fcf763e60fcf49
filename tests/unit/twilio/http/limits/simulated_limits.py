"""Clients that each look for the limit, and a server that has one: simulated, event by event."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from airflow_provider_flexout.twilio.http.limits.adaptive_limit import AdaptiveRateLimit

LATENCY = 0.1


class Window:
    """So many in each second by the clock; the rest is rate limited."""

    def __init__(self, rate: float) -> None:
        self._rate, self._second, self._count = rate, -1, 0

    def accepts(self, now: float) -> bool:
        if int(now) != self._second:
            self._second, self._count = int(now), 0
        self._count += 1
        return self._count <= self._rate


class Bucket:
    """So many a second, and what was not used is saved up to a second's worth."""

    def __init__(self, rate: float) -> None:
        self.rate, self._at, self._tokens = rate, 0.0, rate

    def accepts(self, now: float) -> bool:
        self._tokens = min(self.rate, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass
class Sender:
    """A client that always has something to send."""

    starts: float = 0.0
    adaptive_limit: AdaptiveRateLimit = field(default_factory=AdaptiveRateLimit)
    at_once: int = 50
    under_way: int = 0
    waiting: bool = False
    accepted: list[float] = field(default_factory=list)
    rate_limited: list[float] = field(default_factory=list)

    def rate(self, begin: float, end: float) -> float:
        return sum(begin < at <= end for at in self.accepted) / (end - begin)


class Simulation:
    """Time that jumps from event to event; a response takes 0.1 s, give or take a fifth."""

    def __init__(self, limit: Window | Bucket, seed: int) -> None:
        self._limit = limit
        self._chance = random.Random(seed)  # noqa: S311
        self._order = itertools.count()
        self._events: list[tuple[float, int, Callable[[float], None]]] = []

    def at(self, time: float, happens: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (time, next(self._order), happens))

    def run(self, seconds: float) -> None:
        while self._events and self._events[0][0] <= seconds:
            now, _, happens = heapq.heappop(self._events)
            happens(now)

    def send(self, sender: Sender, now: float) -> None:
        while sender.under_way < sender.at_once and not sender.waiting:
            sender.under_way += 1
            sender.waiting = (wait := sender.adaptive_limit.reserve(now)) > 0
            self.at(now + wait, lambda now: self._leave(sender, now))

    def _leave(self, sender: Sender, now: float) -> None:
        if (blocked := sender.adaptive_limit.blocked_for(now)) > 0:
            return self.at(now + blocked, lambda now: self._leave(sender, now))
        sender.waiting = False
        self.at(now + self._half_way(), lambda at: self._arrive(sender, now, at))
        return self.send(sender, now)

    def _arrive(self, sender: Sender, sent: float, now: float) -> None:
        accepted = self._limit.accepts(now)
        self.at(now + self._half_way(), lambda now: self._respond(sender, sent, now, accepted=accepted))

    def _respond(self, sender: Sender, sent: float, now: float, *, accepted: bool) -> None:
        sender.under_way -= 1
        if accepted:
            sender.adaptive_limit.record_accepted(now)
            sender.accepted.append(now)
        else:
            sender.adaptive_limit.record_rate_limited(sent, now)
            sender.rate_limited.append(now)
        self.send(sender, now)

    def _half_way(self) -> float:
        return LATENCY / 2 * self._chance.uniform(0.8, 1.2)


def simulate(senders: list[Sender], limit: Window | Bucket, seconds: float, seed: int = 1) -> None:
    """Let the senders send for so long."""
    simulation = Simulation(limit, seed)
    for sender in senders:
        simulation.at(sender.starts, lambda now, sender=sender: simulation.send(sender, now))
    simulation.run(seconds)
