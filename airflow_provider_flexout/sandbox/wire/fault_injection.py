"""Things that go wrong on the way to Twilio, planted by tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.wire.clock import Duration
from airflow_provider_flexout.sandbox.wire.clock import seconds as in_seconds
from airflow_provider_flexout.sandbox.wire.numbers import positive_number, whole_number
from airflow_provider_flexout.sandbox.wire.sids import seeded
from airflow_provider_flexout.sandbox.wire.token_bucket import TokenBucket

if TYPE_CHECKING:
    from collections.abc import Collection
    from random import Random

__all__ = ["Fault", "FaultEffect", "Faults", "message_for"]

_CODES: Final = (10_000, 99_999)
_MOST: Final = 1_000_000
"""Requests of a rate or at once, and times."""
_LONGEST_WAIT: Final = 31_536_000
"""Seconds in a ``Retry-After``: a year."""
_MESSAGES: Final = {500: "An internal server error has occurred", 503: "Service Unavailable"}


@dataclass(slots=True, eq=False)
class Fault:
    """One planted fault.

    :param kind: ``drop_response``, ``lose_request``, ``fail``, ``rate_limit``, ``throttle``, ``delay`` or
        ``fail_channel``.
    :param operation: the operation that it waits for, or ``*``.
    :param times: how often it will still happen; None for always.
    :param probability: how likely it happens each time that it could.
    :param fired: how often it has happened.
    """

    kind: str
    operation: str
    times: int | None
    probability: float = 1.0
    status: int = 0
    code: int = 0
    committed: bool = False
    retry_after: int | None = None
    seconds: float = 0.0
    bucket: TokenBucket | None = None
    fired: int = 0


@dataclass(slots=True)
class FaultEffect:
    """What goes wrong with one request: at most one fault that spoils it, and a delay."""

    fault: Fault | None = None
    delay: float = 0.0

    @property
    def name(self) -> str | None:
        """What to call it in the log of requests."""
        if self.fault is not None:
            return self.fault.kind
        return "delay" if self.delay else None


class Faults:
    """The faults that are planted.

    Operations go by the operationIds of Twilio's API documents, such as ``CreateInteraction``; ``*`` is any.

    :param seed: makes faults with a probability repeatable.
    """

    __slots__ = ("_planted", "_random", "fired", "operations")

    def __init__(self, seed: int | None) -> None:
        self._random = seeded(seed)
        self._planted: list[Fault] = []
        self.operations: Collection[str] = frozenset()
        self.fired = 0

    @property
    def generator(self) -> Random:
        """The source of randomness."""
        return self._random

    @property
    def planted(self) -> int:
        """How many planted faults are still waiting; one that always happens counts once."""
        return sum(1 if fault.times is None else fault.times for fault in self._planted)

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """The faults that are still waiting."""
        return tuple(self._planted)

    def drop_response(self, operation: str, times: int | None = 1, probability: float = 1.0) -> Fault:
        """Do what a request asks for, then close the connection without a response.

        :param operation: the operation, or ``*``.
        :param times: how often; None for always.
        :param probability: how likely, each time.
        """
        return self._plant("drop_response", operation, times, probability)

    def lose_request(self, operation: str, times: int | None = 1, probability: float = 1.0) -> Fault:
        """Close the connection before anything happens.

        :param operation: the operation, or ``*``.
        :param times: how often; None for always.
        :param probability: how likely, each time.
        """
        return self._plant("lose_request", operation, times, probability)

    def fail(
        self,
        operation: str,
        status: int = 500,
        *,
        committed: bool = False,
        times: int | None = 1,
        code: int | None = None,
        probability: float = 1.0,
    ) -> Fault:
        """Respond with an error.

        :param operation: the operation, or ``*``.
        :param status: HTTP status of the error, 400 to 599.
        :param committed: whether the request is carried out all the same.
        :param times: how often; None for always.
        :param code: Twilio's error code; 20 and the status if left out, as in 20503.
        :param probability: how likely, each time.
        """
        if isinstance(status, bool) or not isinstance(status, int) or not 400 <= status <= 599:
            raise ValueError(f"{status!r:.40} is not the status of an error: 400 to 599")
        code = 20000 + status if code is None else whole_number("code", code, *_CODES)
        return self._plant(
            "fail", operation, times, probability, status=status, code=code, committed=bool(committed)
        )

    def rate_limit(
        self,
        operation: str,
        retry_after: int | None = None,
        times: int | None = 1,
        probability: float = 1.0,
    ) -> Fault:
        """Respond with 429/20429, without processing the request.

        :param operation: the operation, or ``*``.
        :param retry_after: seconds for the ``Retry-After`` header; no such header, if None.
        :param times: how often; None for always.
        :param probability: how likely, each time.
        """
        if retry_after is not None:
            retry_after = whole_number("retry_after", retry_after, 0, _LONGEST_WAIT)
        return self._plant("rate_limit", operation, times, probability, retry_after=retry_after)

    def throttle(self, operation: str, per_second: float, burst: int | None = None) -> Fault:
        """Respond with 429/20429 to requests that come faster than a rate, while the fault is planted.

        :param operation: the operation, or ``*`` for all of them together.
        :param per_second: how many requests are let through in a second of real time.
        :param burst: how many are let through at once after a rest; a second's worth, if None.
        """
        rate = positive_number("per_second", per_second, _MOST)
        at_once = max(1.0, rate) if burst is None else whole_number("burst", burst, 1, _MOST)
        bucket = TokenBucket(rate, at_once)
        return self._plant("throttle", operation, None, 1.0, bucket=bucket)

    def delay(
        self, operation: str, seconds: Duration, times: int | None = 1, probability: float = 1.0
    ) -> Fault:
        """Respond late: the request is carried out at once, and its response waits.

        :param operation: the operation, or ``*``.
        :param seconds: how long, in real time; or a duration such as ``"2s"``.
        :param times: how often; None for always.
        :param probability: how likely, each time.
        """
        return self._plant("delay", operation, times, probability, seconds=in_seconds(seconds))

    def fail_channel(self, code: int = 45352, times: int | None = 1, probability: float = 1.0) -> Fault:
        """Let a channel's set-up fail after its interaction was created with success.

        :param code: the error code that the channel shows.
        :param times: how often; None for always.
        :param probability: how likely, each time.
        """
        code = whole_number("code", code, *_CODES)
        return self._plant("fail_channel", "CreateInteraction", times, probability, code=code)

    def clear(self) -> None:
        """Take away all faults."""
        self._planted.clear()

    def reset(self, random: Random) -> None:
        """Start over.

        :param random: decides on faults with a probability.
        """
        self._planted.clear()
        self._random = random
        self.fired = 0

    def _plant(self, kind: str, operation: str, times: int | None, probability: float, **how: Any) -> Fault:
        if operation != "*" and operation not in self.operations:
            raise ValueError(f"no operation {operation!r} in the sandbox")
        if times is not None:
            times = whole_number("times", times, 1, _MOST)
        fault = Fault(kind, operation, times, positive_number("probability", probability, 1), **how)
        self._planted.append(fault)
        return fault

    def apply_fault(self, operation: str) -> FaultEffect:
        """Decide what goes wrong with a request.

        :param operation: its operation.
        """
        effect = FaultEffect()
        for fault in tuple(self._planted):
            if fault.operation not in {"*", operation} or fault.kind == "fail_channel":
                continue
            if (effect.delay if fault.kind == "delay" else effect.fault) or not self._fires(fault):
                continue
            if fault.kind == "delay":
                effect.delay = fault.seconds
            else:
                effect.fault = fault
        return effect

    def channel_failure(self) -> int | None:
        """Return the error code with which the channel being made is going to fail, or None."""
        for fault in self._planted:
            if fault.kind == "fail_channel" and self._fires(fault):
                return fault.code
        return None

    def _fires(self, fault: Fault) -> bool:
        if fault.probability < 1 and self._random.random() >= fault.probability:
            return False
        if fault.bucket is not None and fault.bucket.takes():
            return False
        fault.fired += 1
        self.fired += 1
        if fault.times is not None:
            fault.times -= 1
            if not fault.times:
                self._planted.remove(fault)
        return True


def message_for(status: int) -> str:
    """Return the sentence in the body of a planted error.

    :param status: HTTP status.
    """
    return _MESSAGES.get(status, "An error was planted in the sandbox")
